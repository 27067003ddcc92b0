"""Arrays written by NumPy in either axis order and byte order, for the readers of `.npy` and `.npz` files.

Writes these files and `cases.json` next to this script:

    pip install numpy==2.4.6
    python generate.py

* `volume-*.npz`: `img` and `label` as in the arrays of ACDC, by `savez` and `savez_compressed`;
* `masks-*.npy`: pickled dictionaries like those of FASU, with overlapping masks of liver and vein;
* `floats-*.npy` and `whole-*.npy`: inputs of `selvedge forward` and `selvedge envelope`.

`cases.json` contains, under `volumes`, `masks`, `floats` and `whole`, each file's name, its `shape`, and its values with the last
axis fastest: `image` and `label` of a volume; the `classes` of masks (liver 1, vein 4 drawn over it); otherwise `values`. The same
seed and version give the same values.
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
# Name, axis order, and the types of floating-point numbers, integers and masks.
LAYOUTS = [
    ("c", "C", "<f4", "|u1", "|b1"),
    ("fortran", "F", "<f4", "<i4", "|u1"),
    ("big-endian", "C", ">f4", ">i2", ">i4"),
    ("float64", "C", "<f8", "<f8", "<f8"),
    ("fortran-big-endian-float64", "F", ">f8", ">i8", ">f8"),
]


def main():
    rng = np.random.default_rng(21)
    cases = {"volumes": [], "masks": [], "floats": [], "whole": []}
    for name, order, real, whole, mask in LAYOUTS:
        # Volumes, except for the second layout, which has a single slice.
        shape = (4, 3) if name == "fortran" else (2, 4, 3)
        image = np.asarray(rng.random(shape), dtype=real, order=order)
        label = np.asarray(rng.integers(0, 4, shape), dtype=whole, order=order)
        file = f"volume-{name}.npz"
        save = np.savez_compressed if order == "F" else np.savez
        save(HERE / file, img=image, label=label)
        cases["volumes"].append({
            "file": file,
            "shape": list((1,) * (3 - len(shape)) + shape),
            "image": image.ravel(order="C").astype(float).tolist(),
            "label": label.ravel(order="C").astype(int).tolist(),
        })

        picture = np.zeros((5, 7, 3), dtype=np.uint8)
        liver = np.asarray(rng.integers(0, 2, (5, 7)), dtype=mask, order=order)
        vein = np.asarray(rng.integers(0, 2, (5, 7)), dtype=mask, order=order)
        file = f"masks-{name}.npy"
        np.save(HERE / file, {"image": picture, "structures": {"liver": liver, "vein": vein}}, allow_pickle=True)
        classes = np.where(vein == 1, 4, np.where(liver == 1, 1, 0))
        cases["masks"].append({"file": file, "shape": [5, 7], "classes": classes.ravel(order="C").tolist()})

        floats = np.asarray(rng.normal(0.0, 1e3, (2, 3, 4, 2)), dtype=real, order=order)
        file = f"floats-{name}.npy"
        np.save(HERE / file, floats)
        cases["floats"].append({
            "file": file,
            "shape": list(floats.shape),
            "values": floats.ravel(order="C").astype(float).tolist(),
        })
        # Class numbers are integers, so floating-point types are skipped.
        if not np.issubdtype(np.dtype(whole), np.floating):
            numbers = np.asarray(rng.integers(0, 100, (2, 4, 3)), dtype=whole, order=order)
            file = f"whole-{name}.npy"
            np.save(HERE / file, numbers)
            cases["whole"].append({
                "file": file,
                "shape": list(numbers.shape),
                "values": numbers.ravel(order="C").astype(int).tolist(),
            })

    lines = []
    for kind, of_kind in cases.items():
        lines.append(f'"{kind}": [\n' + ",\n".join(json.dumps(case) for case in of_kind) + "\n]")
    (HERE / "cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(", ".join(f"{len(of_kind)} {kind}" for kind, of_kind in cases.items()))


if __name__ == "__main__":
    main()
