"""Maps and gradients of timm's PVTv2 without stochastic depth; `generate.py` writes them.

Narrow networks are timm's class with smaller widths. Parameters and image [2, 3, height, width] are those of `hashed.py`. Each case
contains `stages`, the mean and root mean square of the four stages' maps, `last`, every 7th number of the last map, and
`gradients`, the norms of all parameters' gradients, in the order of their names, for the loss mean(map * sin(0.7 k)) summed over
the four maps. `shapes` are those of the state dict. The first entry contains the parameter counts of the published sizes without
their classifiers.
"""

import timm
import torch
from timm.models.pvt_v2 import PyramidVisionTransformerV2

from hashed import fill, image

HEADS = [1, 2, 5, 8]
DEPTHS = {
    "b0": [2, 2, 2, 2],
    "b1": [2, 2, 2, 2],
    "b2": [3, 4, 6, 3],
    "b3": [3, 4, 18, 3],
    "b4": [3, 8, 27, 3],
    "b5": [3, 6, 40, 3],
}


def build(size, width):
    if width == 64:
        return timm.create_model(f"pvt_v2_{size}", num_classes=0)
    unit = width // 2 if size == "b0" else width
    return PyramidVisionTransformerV2(
        num_classes=0,
        depths=DEPTHS[size],
        embed_dims=[unit * heads for heads in HEADS],
        num_heads=HEADS,
        mlp_ratios=[4, 4, 4, 4] if size == "b5" else [8, 8, 4, 4],
    )


def maps_of(encoder, images):
    maps = []
    x = encoder.patch_embed(images)
    for stage in encoder.stages:
        x = stage(x)
        maps.append(x)
    return maps


def short(values):
    return [float(f"{value:.8g}") for value in values]


def mean_and_rms(m):
    return short([float(m.mean()), float(m.square().mean().sqrt())])


def probe_loss(output):
    k = torch.arange(output.numel(), dtype=torch.float64)
    return (output * torch.sin(0.7 * k).reshape(output.shape)).mean()


def norms(network, called=str):
    named = {called(name): float(value.grad.norm()) for name, value in network.named_parameters()}
    return short(named[name] for name in sorted(named))


def case(size, width, image_size):
    encoder = build(size, width).double().train()
    fill(encoder)
    maps = maps_of(encoder, image(0, 2, *image_size))
    sum(probe_loss(m) for m in maps).backward()
    maps = [m.detach() for m in maps]
    return {
        "pvt": size,
        "width": width,
        "size": image_size,
        "stages": [mean_and_rms(m) for m in maps],
        "last": short(maps[-1].flatten()[::7].tolist()),
        "gradients": norms(encoder),
        "shapes": {name: list(value.shape) for name, value in encoder.state_dict().items()},
    }


def cases():
    counts = {size: sum(p.numel() for p in build(size, 64).parameters()) for size in DEPTHS}
    return [counts, case("b2", 64, [64, 64]), case("b2", 8, [64, 96]), case("b0", 16, [64, 64])]
