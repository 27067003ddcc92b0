"""Logits and gradients of UNet and UNet3+ of width 4 (see `unets.py`).

Writes `cases.json` next to this script. Parameters come from a formula that the test repeats: element k of parameter t, in the
order of construction (a convolution's weight, then its bias; a normalisation's scale, then its shift), is
s = sin(12.9898 k + 78.233 t + 1) times sqrt(2 / fan-in) for a weight, 1 + 0.1 s for a scale, 0.05 s for a bias or a shift. The
input [2, 3, 32, 32] is sin(0.37 k + 0.2 sin(0.011 k)). Each network has `evaluation`, every 7th number of the first image's logits
of the first head in evaluation mode (running mean 0, variance 1); `training`, the same in training mode; and `gradients`, the norms
of all parameters' gradients in training mode for the loss mean(logits * sin(0.7 k)), summed over the heads.

At width 64 the parameter counts are checked against the published ones.

Also writes `deeplab.json` with torchvision's DeepLabV3 (see `deeplab.py`), `pvt.json` with timm's PVTv2 (see `pvt.py`),
`gcascade.json` with PVT-GCASCADE (see `gcascade.py`), `maxvit.json` with timm's MaxViT (see `maxvit.py`), `merit.json` with
MERIT-GCASCADE (see `merit.py`), and `curves.json` with the losses of twenty steps (see `curves.py`).
"""

import json
import math
from pathlib import Path

import torch
from torch import nn

import curves
import deeplab
import gcascade
import maxvit
import merit
import pvt
from unets import UNet, UNet3Plus

HERE = Path(__file__).parent
CLASSES = 3


def count(network):
    return sum(p.numel() for p in network.parameters())


def fill(network):
    parameters = []
    for module in network.modules():
        own = list(module.named_parameters(recurse=False))
        for name, parameter in own:
            k = torch.arange(parameter.numel(), dtype=torch.float64)
            s = torch.sin(12.9898 * k + 78.233 * len(parameters) + 1)
            if parameter.dim() == 4:
                # Fan-in as the initialiser counts it: the second axis times the kernel, transposed or not.
                s = s * math.sqrt(2 / parameter[0].numel())
            elif isinstance(module, nn.BatchNorm2d) and name == "weight":
                s = 1 + 0.1 * s
            else:
                s = 0.05 * s
            parameter.data = s.reshape(parameter.shape)
            parameters.append(parameter)
    return parameters


def short(values):
    return [float(f"{value:.8g}") for value in values]


def case(name, network):
    network = network.double()
    parameters = fill(network)
    k = torch.arange(2 * 3 * 32 * 32, dtype=torch.float64)
    image = torch.sin(0.37 * k + 0.2 * torch.sin(0.011 * k)).reshape(2, 3, 32, 32)
    network.eval()
    evaluation = network(image)[0][0].detach().flatten()[::7]
    network.train()
    outputs = network(image)
    seed = torch.sin(0.7 * torch.arange(outputs[0].numel(), dtype=torch.float64)).reshape(outputs[0].shape)
    sum((output * seed).mean() for output in outputs).backward()
    return {
        "name": name,
        "parameters": count(network),
        "evaluation": short(evaluation.tolist()),
        "training": short(outputs[0][0].detach().flatten()[::7].tolist()),
        "gradients": short(float(p.grad.norm()) for p in parameters),
    }


def write(name, cases):
    (HERE / name).write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def main():
    published = [
        (UNet(64, 1), 39_396_033),
        (UNet3Plus(64, 4, False), 26_980_420),
        (UNet3Plus(64, 5, False), 26_983_301),
        (UNet3Plus(64, 5, True), 27_072_601),
    ]
    for network, parameters in published:
        if count(network) != parameters:
            raise SystemExit(f"{type(network).__name__}: {count(network)} parameters, published {parameters}")
    cases = [
        case("unet", UNet(4, CLASSES)),
        case("unet3plus", UNet3Plus(4, CLASSES, False)),
        case("unet3plus deep", UNet3Plus(4, CLASSES, True)),
    ]
    write("cases.json", cases)
    print(f"{len(cases)} networks")
    write("deeplab.json", deeplab.cases())
    write("pvt.json", pvt.cases())
    write("gcascade.json", gcascade.cases())
    write("maxvit.json", [maxvit.cases()])
    write("merit.json", merit.cases())
    narrow = deeplab.without_dropout(deeplab.build("resnet50", 16, 16, CLASSES, True))
    curve = {
        "deeplabv3": curves.curve(narrow, 64),
        "unet3plus": curves.curve(UNet3Plus(8, CLASSES, False), 32),
    }
    write("curves.json", [curve])


if __name__ == "__main__":
    main()
