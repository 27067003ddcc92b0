"""Loads a file from `selvedge weights export` strictly in PyTorch, and compares its logits with those of `selvedge forward`.

    python exported.py images x.npy
    selvedge forward deeplabv3 --weights RUN --input x.npy --out y.npy
    python exported.py run.safetensors x.npy y.npy

The images are number 0 of `hashed.py`, [2, 3, 64, 80]. DeepLabV3 is torchvision's. UNet3+ is that of `generate.py`, whose parts are
renamed here to the names of its authors.
"""

import json
import re
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import deeplab
import generate
from hashed import image


def unet3plus_name(name):
    """The name in the authors' code of UNet 3+ of a part of `generate.UNet3Plus`."""
    kinds = {"0": "conv", "1": "bn"}
    if found := re.fullmatch(r"encoder\.levels\.(\d)\.(\d)\.(\d)\.(\w+)", name):
        level, place, layer, part = found.groups()
        return f"conv{int(level) + 1}.conv{int(place) + 1}.{layer}.{part}"
    if found := re.fullmatch(r"decoder\.(\d)\.0\.(\d)\.(\d)\.(\w+)", name):
        node, branch, layer, part = found.groups()
        target, source = 4 - int(node), int(branch) + 1
        way = f"h{source}_PT" if source < target else f"h{source}_Cat" if source == target else f"hd{source}_UT"
        return f"{way}_hd{target}_{kinds[layer]}.{part}"
    if found := re.fullmatch(r"decoder\.(\d)\.1\.(\d)\.(\w+)", name):
        node, layer, part = found.groups()
        return f"{kinds[layer]}{4 - int(node)}d_1.{part}"
    head, part = re.fullmatch(r"heads\.(\d)\.(\w+)", name).groups()
    return f"outconv{int(head) + 1}.{part}"


def build(metadata):
    model, classes = json.loads(metadata["model"]), int(metadata["classes"])
    if metadata["network"] == "unet3plus":
        network = generate.UNet3Plus(model["width"], classes, model["deep_supervision"])
        return network, unet3plus_name, lambda outputs: outputs[0]
    settings = (model["backbone"], model["width"], model["output_stride"], classes, model["auxiliary_head"])
    return deeplab.build(*settings), lambda name: name, lambda outputs: outputs["out"]


def main(weights, images, logits):
    with safe_open(weights, "pt") as file:
        metadata = file.metadata()
    network, renamed, first = build(metadata)
    given = load_file(weights)
    own = {name: given.pop(renamed(name)) for name in network.state_dict()}
    assert not given, f"unused: {list(given)}"
    print(metadata["network"], network.load_state_dict(own, strict=True))
    with torch.no_grad():
        expected = first(network.eval()(torch.from_numpy(np.load(images)))).numpy()
    difference = np.abs(np.load(logits) - expected).max()
    print(f"logits {expected.shape}: largest {np.abs(expected).max():.6g}, largest difference {difference:.3g}")


if __name__ == "__main__":
    if sys.argv[1] == "images":
        np.save(sys.argv[2], image(0, 2, 64, 80).float().numpy())
    else:
        main(*sys.argv[1:4])
