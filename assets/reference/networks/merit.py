"""Stages, logits and gradients of MERIT-GCASCADE, with timm's encoders, and the decoders and the cascade built here from PyTorch's
layers after the published description; `generate.py` writes them.

`windows` are the sides of the windows of the two encoders, 8 and 7 as published, or smaller; an image's side is 32 windows of the
first encoder. Parameters and image [2, 3, side, side] are those of `hashed.py`. Each case contains, in evaluation mode (running
mean 0, variance 1) and in training mode, `stages` and `slices`, as in `maxvit.py`, of the first encoder's maps (the finest first),
of its decoder's (the coarsest first), of the second encoder's with the first one's added, of its decoder's, and of the four maps of
logits; then, after the training pass, `running`, the norm of each running statistic, and `gradients`, that of each parameter's
gradient, both in the order of their names, for the sum of mean(map * sin(0.7 k)) over the four maps of logits and their sum.
"""

import torch
import torch.nn.functional as F
from torch import nn

from gcascade import GREY_LAYER, Decoder, count
from hashed import fill, image
from maxvit import encoder, features, in_double, record, running, short, wave

PUBLISHED = {(4, False): 136_482_825, (9, False): 136_490_045, (4, True): 141_365_481}


def resized(x, size):
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


class MeritGcascade(nn.Module):
    def __init__(self, width, classes, concatenates, windows=(8, 7)):
        super().__init__()
        self.sides = [32 * window for window in windows]
        self.backbone1 = encoder("maxxvit_rmlp_small_rw_256", width, self.sides[0])
        self.backbone2 = encoder("maxvit_rmlp_small_rw_224", width, self.sides[1])
        channels = [width * 12, width * 6, width * 3, width * 3 // 2]
        self.decoder1 = Decoder(channels, concatenates)
        self.decoder2 = Decoder(channels, concatenates)
        for number, outputs in enumerate(self.decoder1.widths, 1):
            setattr(self, f"out_head{number}", nn.Conv2d(outputs, classes, 1))
        self.out_head4_in = nn.Conv2d(self.decoder1.widths[3], 1, 1)

    def forward(self, images):
        heads = [getattr(self, f"out_head{number}") for number in range(1, 5)]
        first = features(self.backbone1, images)
        decoded1 = self.decoder1(first)
        logits1 = [
            F.interpolate(head(d), scale_factor=scale, mode="bilinear")
            for head, d, scale in zip(heads, decoded1, (32, 16, 8, 4))
        ]
        gate = torch.sigmoid(self.out_head4_in(decoded1[3]))
        seen = resized(images * F.interpolate(gate, scale_factor=4, mode="bilinear"), [self.sides[1]] * 2)
        second = [s + resized(f, s.shape[2:]) for s, f in zip(features(self.backbone2, seen), first)]
        decoded2 = self.decoder2(second)
        logits = [p + resized(head(d), p.shape[2:]) for p, head, d in zip(logits1, heads, decoded2)]
        return first + decoded1 + second + decoded2, logits


def case(width, concatenates, windows):
    network = in_double(MeritGcascade(width, 3, concatenates, windows))
    fill(network)
    images = image(0, 2, *[32 * windows[0]] * 2)
    with torch.no_grad():
        maps, logits = network.eval()(images)
        evaluation = record(maps + logits, 4999)
    maps, logits = network.train()(images)
    sum((p * wave(p)).mean() for p in logits + [sum(logits)]).backward()
    gradients = {name: float(value.grad.norm()) for name, value in network.named_parameters()}
    statistics = running(network)
    return {
        "width": width,
        "concatenates": concatenates,
        "windows": windows,
        "evaluation": evaluation,
        "training": record(maps + logits, 4999),
        "running": [statistics[name] for name in sorted(statistics)],
        "gradients": short(gradients[name] for name in sorted(gradients)),
    }


def counts():
    for (classes, concatenates), parameters in PUBLISHED.items():
        with torch.device("meta"):
            found = count(MeritGcascade(64, classes, concatenates))
        if found + GREY_LAYER != parameters:
            raise SystemExit(f"MERIT-GCASCADE: {found} parameters, published {parameters}")


def cases():
    counts()
    return [case(8, False, [8, 7]), case(8, False, [5, 4]), case(8, True, [5, 4])]
