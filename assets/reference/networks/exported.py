"""Loads an export of `selvedge weights export` in PyTorch, strictly, and compares logits with those of `selvedge forward`.

    python exported.py deeplabv3 run.safetensors x.npy y.npy

x.npy is made if it is not there: images 0 and 1 of `hashed.py`, [2, 3, 64, 80]. Without y.npy, only what loads is said. Knows
torchvision's DeepLabV3, at its published width by its own builder.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from deeplab import build
from generate import UNet, UNet3Plus  # noqa: F401
from hashed import image


def main(name, weights, images, logits):
    with safe_open(weights, "pt") as file:
        metadata = file.metadata()
    model, classes = json.loads(metadata["model"]), int(metadata["classes"])
    assert metadata["network"] == name == "deeplabv3"
    network = build(model["backbone"], model["width"], model["output_stride"], classes, model["auxiliary_head"])
    print(network.load_state_dict(load_file(weights), strict=True))
    if not Path(images).exists():
        np.save(images, image(0, 2, 64, 80).float().numpy())
    if Path(logits).exists():
        with torch.no_grad():
            expected = network.eval()(torch.from_numpy(np.load(images)))["out"].numpy()
        difference = np.abs(np.load(logits) - expected).max()
        print(f"largest logit {np.abs(expected).max():.6g}, largest difference {difference:.3g}")


if __name__ == "__main__":
    main(*sys.argv[1:5])
