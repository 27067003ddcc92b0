"""A DeepLabV3 of torchvision's classes, saved by torch.save, and its logits, for the tests of crates/models/src/weights.

    cd assets/reference/networks && python weights.py

The network is that of `deeplab.py` with one channel in the stem and three classes, the parameters of `hashed.py`, and the running
statistics after one batch in training mode. `deeplab-1.json` contains every 99th logit of image number 0 of `hashed.py`,
[2, 3, 33, 47], in evaluation mode in 64 bits.

Also writes small files with a few known tensors in every format: as an archive, in the format before PyTorch 1.6, wrapped as
training programs wrap them, and as safetensors.
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

from deeplab import build, short, without_dropout
from hashed import fill, image

FOLDER = Path(__file__).resolve().parent / "weights"


def tensors():
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return OrderedDict(
        [
            ("single", base),
            ("transposed", base.t()),
            ("row", base[1]),
            ("half", torch.tensor([0.5, -2.0], dtype=torch.float16)),
            ("brain", torch.tensor([0.5, -2.0], dtype=torch.bfloat16)),
            ("double", torch.tensor([0.1], dtype=torch.float64)),
            ("count", torch.tensor(3)),
            ("parameter", torch.nn.Parameter(torch.ones(2))),
        ]
    )


def main():
    FOLDER.mkdir(exist_ok=True)
    network = without_dropout(build("resnet50", 1, 8, classes=3, auxiliary=False))
    fill(network.double())
    images = image(0, 2, 33, 47)
    with torch.no_grad():
        network.train()(images)
        network.float()
        torch.save(network.state_dict(), FOLDER / "deeplab-1.pth")
        logits = network.double().eval()(images)["out"]
    (FOLDER / "deeplab-1.json").write_text(json.dumps({"logits": short(logits.flatten()[::99].tolist())}) + "\n")

    torch.save(tensors(), FOLDER / "small.pth")
    wrapped = {"epoch": 3, "state_dict": OrderedDict((f"module.{name}", value) for name, value in tensors().items())}
    torch.save(wrapped, FOLDER / "small-legacy.pth", _use_new_zipfile_serialization=False)
    contiguous = {name: value.detach().clone().contiguous() for name, value in tensors().items()}
    save_file(contiguous, FOLDER / "small.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main()
