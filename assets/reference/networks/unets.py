"""UNet and UNet3+, built from PyTorch's layers after the published descriptions."""

import torch
import torch.nn.functional as F
from torch import nn


class ConvNormRelu(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        widths = [3] + [width << level for level in range(5)]
        self.levels = nn.ModuleList(
            nn.Sequential(ConvNormRelu(a, b), ConvNormRelu(b, b)) for a, b in zip(widths, widths[1:])
        )

    def forward(self, x):
        maps = []
        for level in self.levels:
            x = level(x if not maps else F.max_pool2d(x, 2))
            maps.append(x)
        return maps


class UNet(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.encoder = Encoder(width)
        self.decoder = nn.ModuleList()
        for level in reversed(range(4)):
            w = width << level
            block = [nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.Conv2d(2 * w, w, 3, padding=1), nn.Conv2d(w, w, 3, padding=1)]
            self.decoder.append(nn.ModuleList(block))
        self.head = nn.Conv2d(width, classes, 3, padding=1)

    def forward(self, x):
        *skips, x = self.encoder(x)
        for (up, first, second), skip in zip(self.decoder, reversed(skips)):
            x = F.relu(second(F.relu(first(torch.cat([up(x), skip], 1)))))
        return [self.head(x)]


class UNet3Plus(nn.Module):
    def __init__(self, width, classes, deep):
        super().__init__()
        self.encoder = Encoder(width)
        self.decoder = nn.ModuleList()
        for node in reversed(range(4)):
            channels = [5 * width if node < level < 4 else width << level for level in range(5)]
            branches = nn.ModuleList(ConvNormRelu(c, width) for c in channels)
            self.decoder.append(nn.ModuleList([branches, ConvNormRelu(5 * width, 5 * width)]))
        inputs = [5 * width] * 4 + [16 * width] if deep else [5 * width]
        self.heads = nn.ModuleList(nn.Conv2d(c, classes, 3, padding=1) for c in inputs)

    def forward(self, x):
        size = x.shape[2:]
        maps = self.encoder(x)
        for (branches, fusion), node in zip(self.decoder, reversed(range(4))):
            target = maps[node].shape[2:]
            parts = []
            for level, branch in enumerate(branches):
                if level < node:
                    moved = F.max_pool2d(maps[level], 1 << (node - level), ceil_mode=True)
                else:
                    moved = F.interpolate(maps[level], size=target, mode="bilinear", align_corners=False)
                parts.append(branch(moved))
            maps[node] = fusion(torch.cat(parts, 1))
        return [F.interpolate(head(m), size=size, mode="bilinear", align_corners=False) for head, m in zip(self.heads, maps)]
