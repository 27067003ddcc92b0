"""Parameters and images from a formula that the tests can repeat.

Element k of tensor t is h(k, t) in [-1, 1): x = (k * 2654435761 + t * 40503) mod 2^32, then x ^= x >> 15, x *= 2246822519,
x ^= x >> 13, x *= 3266489917, x ^= x >> 16 (all mod 2^32), and h = x / 2^31 - 1. Parameters are numbered in the order of the
network: a weight is h * sqrt(6 / fan-in), a scale 1 + 0.1 h, a bias or a shift 0.05 h. Unlike with a sine of k, neighbouring rows
of a weight are independent.

The last scale of a bottleneck is a tenth of that, (1 + 0.1 h) / 10, which makes the network well conditioned. With the full scale,
PyTorch's own gradients in 32 bits have only two correct digits, and rounding AdamW's coefficients to 32 bits changes its loss by
two per cent after ten steps.
"""

import math

import torch
from torch import nn

MASK = 0xFFFFFFFF


def hashed(number, count):
    x = (torch.arange(count, dtype=torch.int64) * 2654435761 + number * 40503) & MASK
    x = ((x ^ (x >> 15)) * 2246822519) & MASK
    x = ((x ^ (x >> 13)) * 3266489917) & MASK
    x = x ^ (x >> 16)
    return x.double() / 2**31 - 1


def fill(network):
    number = 0
    for place, module in network.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            h = hashed(number, parameter.numel())
            if parameter.dim() > 1:
                h = h * math.sqrt(6 / parameter[0].numel())
            elif name == "gamma" or isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)) and name == "weight":
                h = (1 + 0.1 * h) * (0.1 if place.endswith("bn3") else 1)
            else:
                h = 0.05 * h
            parameter.data = h.reshape(parameter.shape)
            number += 1


def image(number, batch, height, width):
    """Images are numbered from 1000000, parameters from 0."""
    return hashed(1_000_000 + number, batch * 3 * height * width).reshape(batch, 3, height, width)
