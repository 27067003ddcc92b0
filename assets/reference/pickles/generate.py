"""Writes pickles with Python, NumPy and PyTorch, for the reader in crates/pickle.

    python assets/reference/pickles/generate.py

`plain.txt` describes the contents of the pickles of plain values; it is written by a walk over the values themselves.
"""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).resolve().parents[3] / "crates" / "pickle" / "tests" / "corpus"


def plain():
    shared = ["shared"]
    return {
        "nothing": None,
        "truth": [True, False],
        "whole": [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**63, 2**100, -(2**100)],
        "floats": [0.0, -0.0, 1.5, -1e300, 5e-324, float("inf"), float("-inf")],
        "texts": ["", "text", "naïve €", "😀", "line\nbreak\\", "x" * 300],
        "bytes": [b"", b"\x00\xff", b"y" * 300],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "sets": [set(), {7}, frozenset([8])],
        "nested": [[[[]]], {"a": {"b": {}}}, {3: "three", (1, 2): "pair"}],
        "shared": [shared, shared],
    }


def described(value):
    """One line of text for a value, in a form that any language can write easily."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return str(value)
        return "int:" + value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True).hex()
    if isinstance(value, float):
        return "float:" + struct.pack(">d", value).hex()
    if isinstance(value, str):
        return "text:" + value.encode().hex()
    if isinstance(value, bytes):
        return "bytes:" + value.hex()
    if isinstance(value, dict):
        return "{" + ",".join(f"{described(key)}={described(item)}" for key, item in value.items()) + "}"
    left, right = {list: "[]", tuple: "()", set: "<>", frozenset: "<>"}[type(value)]
    return left + ",".join(described(item) for item in value) + right


def numpy_part(array, protocol):
    """The bytes after the header of an `.npy` file of objects."""
    file = io.BytesIO()
    pickle.dump(array, file, protocol=protocol)
    return file.getvalue()


def torch_states():
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return OrderedDict(
        [
            ("weight", base),
            ("transposed", base.t()),
            ("view", base[1]),
            ("half", torch.tensor([0.5, -2.0], dtype=torch.float16)),
            ("count", torch.tensor(3)),
            ("parameter", torch.nn.Parameter(torch.ones(2))),
        ]
    )


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for protocol in range(6):
        (FOLDER / f"plain-{protocol}.pkl").write_bytes(pickle.dumps(plain(), protocol=protocol))
    (FOLDER / "plain.txt").write_text(described(plain()) + "\n")

    cyclic = ["itself", {}]
    cyclic.append(cyclic)
    cyclic[1]["list"] = cyclic
    (FOLDER / "cyclic.pkl").write_bytes(pickle.dumps(cyclic, protocol=4))

    # With the function names of NumPy 1 and 2, whose module names differ by an underscore.
    objects = np.array([{"name": "wound", "classes": [1, 2]}, "text", None, 2.5], dtype=object)
    for protocol in (2, 4, 5):
        (FOLDER / f"numpy-objects-{protocol}.pkl").write_bytes(numpy_part(objects, protocol))
    labelled = np.array({"image": np.arange(6, dtype=np.uint8).reshape(2, 3), "mean": np.float64(0.25)}, dtype=object)
    (FOLDER / "numpy-dict.pkl").write_bytes(numpy_part(labelled, 3))

    file = io.BytesIO()
    torch.save(torch_states(), file)
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        (FOLDER / "torch.pkl").write_bytes(archive.read(name))
    file = io.BytesIO()
    torch.save({"state_dict": torch_states(), "epoch": 3}, file, _use_new_zipfile_serialization=False)
    (FOLDER / "torch-legacy.pth").write_bytes(file.getvalue())


if __name__ == "__main__":
    main()
