"""Stages, logits and gradients of PVT-GCASCADE, with timm's encoder and the decoder built here from PyTorch's layers after the
published description; `generate.py` writes them.

Parameters and images are those of `hashed.py`. The first entry contains layers: a graph convolution's block, the up-convolution
and the spatial attention on map 1 of `hashed.py`, reshaped. Each layer has `evaluation` and `training`, every 7th number of its
output in either mode, and `gradients`, the norms of the gradients with respect to the map and to all parameters in the order of
their names, for the loss mean(output * sin(0.7 k)) in training mode.

The cases follow. Each contains, in evaluation mode (running mean 0, variance 1) and in training mode, `stages`, the mean and root
mean square of the encoder's maps (the finest first) and of the decoder's (the coarsest first), and `logits`, every 997th number of
the sum of the four maps of logits; then, for the training pass, `running`, the norms of the running statistics, and `gradients`, as
above, for the sum of that loss over `outputs`, the sets of the four maps whose sums are trained (a bit for each map, that of
`out_head1` the lowest). `names` are those of the first case's state dict.
"""

import re

import torch
import torch.nn.functional as F
from torch import nn

import pvt
from hashed import fill, hashed, image
from pvt import mean_and_rms, norms, probe_loss, short

SETS = {"mutation": list(range(1, 16)), "heads": [15, 1, 2, 4, 8], "sum": [15]}
NEIGHBOURS = 11


def positions(rows, columns, channels):
    """Sine-cosine position encoding; the first half of the channels encodes the column."""
    row, column = torch.meshgrid(
        torch.arange(rows, dtype=torch.float64), torch.arange(columns, dtype=torch.float64), indexing="ij"
    )
    frequencies = 10000 ** (-2 * torch.arange(channels // 4, dtype=torch.float64) / (channels / 2))
    halves = []
    for place in (column, row):
        angles = place.flatten()[:, None] * frequencies[None, :]
        halves += [angles.sin(), angles.cos()]
    return torch.cat(halves, 1)


def relative_positions(rows, columns, channels, references):
    code = positions(rows, columns, channels)
    whole = -2 * code @ code.T / channels
    return F.interpolate(whole[None, None], (len(code), references), mode="bicubic", align_corners=False)[0]


class MaxRelative(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.reduction = reduction
        self.gconv = nn.Module()
        self.gconv.nn = nn.Sequential(
            nn.Conv2d(2 * channels, 2 * channels, 1, groups=4), nn.BatchNorm2d(2 * channels), nn.GELU()
        )

    def forward(self, x):
        b, c, h, w = x.shape
        pooled = F.avg_pool2d(x, self.reduction, self.reduction) if self.reduction > 1 else x
        nodes, references = x.flatten(2).transpose(1, 2), pooled.flatten(2).transpose(1, 2)
        with torch.no_grad():
            a, r = F.normalize(nodes, dim=2), F.normalize(references, dim=2)
            distances = a.square().sum(2)[:, :, None] + r.square().sum(2)[:, None, :] - 2 * a @ r.transpose(1, 2)
            distances += relative_positions(h, w, c, references.shape[1])
            near = distances.topk(min(NEIGHBOURS, distances.shape[2]), largest=False).indices
        picked = torch.stack([references[i][near[i]] for i in range(b)])
        most = (picked - nodes[:, :, None, :]).amax(2).transpose(1, 2).reshape(b, c, h, w)
        return self.gconv.nn(torch.stack([x, most], 2).reshape(b, 2 * c, h, w))


class Grapher(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))
        self.graph_conv = MaxRelative(channels, reduction)
        self.fc2 = nn.Sequential(nn.Conv2d(2 * channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        return self.fc2(self.graph_conv(self.fc1(x))) + x


class Up(nn.Module):
    def __init__(self, inputs, groups, outputs):
        super().__init__()
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2),
            nn.Conv2d(inputs, inputs, 3, padding=1, groups=groups),
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, 1),
        )

    def forward(self, x):
        return self.up(x)


class SpatialAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x):
        return x * torch.sigmoid(self.conv1(torch.cat([x.mean(1, True), x.max(1, True).values], 1)))


class Decoder(nn.Module):
    def __init__(self, channels, concatenates):
        super().__init__()
        self.concatenates = concatenates
        widths = [c * (2 if concatenates and level else 1) for level, c in enumerate(channels)]
        for name, width, reduction in zip((4, 3, 2, 1), widths, (1, 1, 4, 2)):
            setattr(self, f"gcb{name}", Grapher(width, reduction))
        for name, inputs, groups, outputs in zip((3, 2, 1), widths, channels, channels[1:]):
            setattr(self, f"ucb{name}", Up(inputs, groups, outputs))
        self.spa = SpatialAttention()
        self.widths = widths

    def forward(self, maps):
        decoded = [self.spa(self.gcb4(maps[3]))]
        for name in (3, 2, 1):
            up, skip = getattr(self, f"ucb{name}")(decoded[-1]), maps[name - 1]
            met = torch.cat([skip, up], 1) if self.concatenates else up + skip
            decoded.append(self.spa(getattr(self, f"gcb{name}")(met)))
        return decoded


class PvtGcascade(nn.Module):
    def __init__(self, size, width, classes, concatenates):
        super().__init__()
        self.backbone = pvt.build(size, width)
        channels = [info["num_chs"] for info in self.backbone.feature_info][::-1]
        self.decoder = Decoder(channels, concatenates)
        for number, width in enumerate(self.decoder.widths, 1):
            setattr(self, f"out_head{number}", nn.Conv2d(width, classes, 1))

    def forward(self, images):
        maps = pvt.maps_of(self.backbone, images)
        decoded = self.decoder(maps)
        heads = [getattr(self, f"out_head{number}") for number in range(1, 5)]
        size = images.shape[2:]
        logits = [F.interpolate(head(d), size, mode="bilinear", align_corners=False) for head, d in zip(heads, decoded)]
        return maps + decoded, logits


def original(name):
    """The published network's name of a parameter, given its name here (in the encoder, timm's name)."""
    name = re.sub(r"^backbone\.patch_embed\.", "backbone.patch_embed1.", name)
    name = name.replace(".mlp.dwconv.", ".mlp.dwconv.dwconv.")

    def number(match):
        stage = int(match[1]) + 1
        part = {"blocks": "block", "downsample": "patch_embed", "norm": "norm"}[match[2]]
        return f"backbone.{part}{stage}."

    return re.sub(r"^backbone\.stages\.(\d)\.(blocks|downsample|norm)\.", number, name)


def count(network):
    return sum(p.numel() for p in network.parameters())


def layer(module, shape, **described):
    module = module.double()
    fill(module)
    x = hashed(1_000_001, torch.Size(shape).numel()).reshape(shape).requires_grad_()
    evaluation = module.eval()(x).detach().flatten()[::7]
    output = module.train()(x)
    probe_loss(output).backward()
    return described | {
        "shape": shape,
        "evaluation": short(evaluation.tolist()),
        "training": short(output.detach().flatten()[::7].tolist()),
        "gradients": short([float(x.grad.norm())]) + norms(module),
    }


def layers():
    return {
        "graphers": [
            layer(Grapher(8, 1), [2, 8, 4, 4], reduction=1),
            layer(Grapher(12, 2), [2, 12, 8, 8], reduction=2),
            layer(Grapher(8, 4), [2, 8, 16, 20], reduction=4),
        ],
        "ups": [
            layer(Up(8, 8, 4), [2, 8, 4, 4], groups=8, outputs=4),
            layer(Up(12, 6, 8), [2, 12, 3, 5], groups=6, outputs=8),
        ],
        "attention": layer(SpatialAttention(), [2, 6, 8, 9]),
    }


def forward_pass(network, images):
    maps, logits = network(images)
    record = {
        "stages": [mean_and_rms(m.detach()) for m in maps],
        "logits": short(sum(logits).detach().flatten()[::997].tolist()),
    }
    return record, logits


def case(size, width, concatenates, losses, image_size):
    network = PvtGcascade(size, width, 3, concatenates).double()
    fill(network)
    images = image(0, 2, *image_size)
    with torch.no_grad():
        evaluation, _ = forward_pass(network.eval(), images)
    training, logits = forward_pass(network.train(), images)
    sums = [sum(logits[bit] for bit in range(4) if chosen >> bit & 1) for chosen in SETS[losses]]
    sum(probe_loss(output) for output in sums).backward()
    running = {name: float(value.norm()) for name, value in network.state_dict().items() if ".running_" in name}
    return {
        "pvt": size,
        "width": width,
        "concatenates": concatenates,
        "head_losses": losses,
        "outputs": SETS[losses],
        "size": image_size,
        "evaluation": evaluation,
        "training": training,
        "running": short(running[name] for name in sorted(running)),
        "gradients": norms(network, original),
    } | ({"names": sorted(original(n) for n in network.state_dict() if not n.endswith("num_batches_tracked"))} if losses == "mutation" else {})


# Parameters of the convolution from one channel to three and its normalisation, which only grey images need.
GREY_LAYER = 12


def counts():
    published = [
        (4, False, 26_631_486),
        (5, False, 26_632_514),
        (9, False, 26_636_626),
        (4, True, 28_176_830),
    ]
    for classes, concatenates, parameters in published:
        found = count(PvtGcascade("b2", 64, classes, concatenates))
        if found + GREY_LAYER != parameters:
            raise SystemExit(f"PVT-GCASCADE: {found} parameters, published {parameters}")


def cases():
    counts()
    return [
        layers(),
        case("b2", 8, False, "mutation", [128, 128]),
        case("b0", 16, True, "heads", [128, 128]),
        case("b1", 8, False, "sum", [128, 160]),
    ]
