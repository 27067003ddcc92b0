"""Stages, gradients and running statistics of timm's MaxViT encoders without dropout; `generate.py` writes them.

The encoders are timm's `maxxvit_rmlp_small_rw_256` and `maxvit_rmlp_small_rw_224`, built from timm's classes with fewer channels:
width 4 instead of 64 and everything in proportion, including the hidden layer of the relative positions. `window` is the side of
windows and grids; in timm it is the image's side divided by 32.

Parameters and image [2, 3, height, width] are those of `hashed.py`. Each case contains, in evaluation mode (running mean 0,
variance 1) and in training mode, `stages`, the mean and root mean square of the maps of the four stages (the last one normalised),
and `slices`, every 997th number of each; then, for the cases of the published size, after the training pass, `running`, the norm of
each running statistic, and `parameters`, the shape of each parameter and the norm of its gradient for the sum of
mean(map * sin(0.7 k)) over the four maps.

`partitions` are the windows and the grids of side 3 of a map [1, 6, 9, 1] of the numbers 0 to 53. `relative_position` is the bias
[2, 9, 9] from timm's network on relative positions, with 5 hidden numbers, 2 heads, window 3, and parameters as above.
"""

import timm
import torch
from timm.layers import RelPosMlp
from timm.models.maxxvit import grid_partition, window_partition
from torch import nn

from hashed import fill, image

STEMS = {"maxxvit_rmlp_small_rw_256": (48, 96), "maxvit_rmlp_small_rw_224": (32, 64)}


def encoder(name, width, size):
    """timm's encoder of this width without its classifier, for square images of this side."""
    share = width / 64
    network = timm.create_model(
        name,
        img_size=size,
        num_classes=0,
        global_pool="",
        embed_dim=tuple(int(channels * share) for channels in (96, 192, 384, 768)),
        stem_width=tuple(int(channels * share) for channels in STEMS[name]),
        transformer_dim_head=int(32 * share),
        transformer_rel_pos_dim=int(512 * share),
    )
    network.head = nn.Identity()
    return without_dropout(network)


def without_dropout(network):
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return network


def in_double(network):
    """The network in 64 bits, including the logarithms of relative positions, which timm computes in 32 bits."""
    network = network.double()
    for module in network.modules():
        if isinstance(module, RelPosMlp):
            ways = [torch.arange(1 - side, side, dtype=torch.float64) for side in module.window_size]
            table = torch.stack(torch.meshgrid(*ways, indexing="ij"), -1)
            module.rel_coords_log = table.sign() * table.abs().log1p()
    return network


def features(network, images):
    """The maps of the four stages; the last one is normalised."""
    return network.forward_intermediates(images, indices=4, norm=True, intermediates_only=True)


def short(values, digits=8):
    return [float(f"{value:.{digits}g}") for value in values]


def record(maps, step=997):
    maps = [m.detach() for m in maps]
    return {
        "stages": [short([float(m.mean()), float(m.square().mean().sqrt())]) for m in maps],
        "slices": [short(m.flatten()[::step].tolist()) for m in maps],
    }


def wave(tensor):
    return torch.sin(0.7 * torch.arange(tensor.numel(), dtype=torch.float64)).reshape(tensor.shape)


def parameters(network):
    return {name: [list(value.shape), *short([float(value.grad.norm())])] for name, value in network.named_parameters()}


def running(network):
    return {name: short([float(value.norm())])[0] for name, value in network.state_dict().items() if ".running_" in name}


def case(name, width, window, size, whole):
    network = in_double(encoder(name, width, 32 * window))
    fill(network)
    images = image(0, 2, *size)
    with torch.no_grad():
        evaluation = record(features(network.eval(), images))
    maps = features(network.train(), images)
    sum((m * wave(m)).mean() for m in maps).backward()
    behind = {"running": running(network), "parameters": parameters(network)} if whole else {}
    return {
        "name": name,
        "width": width,
        "window": window,
        "size": size,
        "evaluation": evaluation,
        "training": record(maps),
    } | behind


def partitions():
    numbers = torch.arange(54).reshape(1, 6, 9, 1)
    return {
        "window": window_partition(numbers, [3, 3]).flatten().tolist(),
        "grid": grid_partition(numbers, [3, 3]).flatten().tolist(),
    }


def relative_position():
    network = in_double(without_dropout(RelPosMlp((3, 3), num_heads=2, hidden_dim=5)))
    fill(network)
    return short(network.get_bias().flatten().tolist())


def cases():
    return {
        "partitions": partitions(),
        "relative_position": relative_position(),
        "encoders": [
            case("maxxvit_rmlp_small_rw_256", 4, 8, [256, 256], True),
            case("maxxvit_rmlp_small_rw_256", 8, 3, [96, 192], False),
            case("maxvit_rmlp_small_rw_224", 4, 7, [224, 224], True),
            case("maxvit_rmlp_small_rw_224", 8, 3, [192, 96], False),
        ],
    }
