"""NIfTI volumes written by nibabel, and the values that nibabel reads from them.

Writes small `.nii` and `.nii.gz` files, and `cases.json`, next to this script:

    pip install nibabel==5.4.2 numpy==2.4.6
    python generate.py

The same seed and versions give the same files. `cases.json` contains, for each file, its name; `shape` [slices, rows, columns];
`spacing`, the voxel's side lengths by the affine map in millimetres, in the same order; `affine`, three rows of four;
`orientation`, three letters; and `values` in the order of the file, the first axis fastest, as 64-bit numbers.

The files differ in type and byte order, compression, slope and intercept, the header field that contains the affine map
(sform, qform with either handedness, neither), axes (2 to 4) and unit of length. Some have headers that contradict themselves:
an sform that disagrees with qform and pixdim, invalid lengths, codes and a handedness that the standard does not define.
"""

import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.affines import voxel_sizes

HERE = Path(__file__).resolve().parent
SHAPE = (5, 4, 3)


def rotation(angles):
    """Rotations about x, y and z, in this order."""
    x, y, z = angles
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def oblique(spacing, angles, offset, mirrored=False):
    affine = np.eye(4)
    affine[:3, :3] = rotation(angles) @ np.diag(spacing) @ np.diag([1, 1, -1 if mirrored else 1])
    affine[:3, 3] = offset
    return affine


def cases():
    """Yields (name, type, order of bytes, values, slope, intercept, affine, how, unit)."""
    heart = (1.5625, 1.5625, 10.0)
    lps = np.diag([-1.5625, -1.5625, 10.0, 1.0])
    tilted = oblique(heart, (0.3, -0.7, 1.1), (-40.5, 12.25, 99.0))
    mirrored = oblique((0.9, 1.1, 8.0), (-0.5, 0.4, 2.8), (3.0, -7.5, 20.0), mirrored=True)
    turned = oblique((1.0, 2.0, 3.0), (0.0, np.pi, 0.0), (1.0, 2.0, 3.0))
    yield "int16-sform.nii.gz", np.int16, "<", None, None, lps, "sform", "mm", SHAPE
    yield "int16-big-endian.nii", np.int16, ">", None, None, tilted, "sform", "mm", SHAPE
    yield "uint8-qform.nii", np.uint8, "<", None, None, tilted, "qform", "mm", SHAPE
    yield "uint8-scaled.nii.gz", np.uint8, "<", 0.25, -3.5, mirrored, "qform", "mm", SHAPE
    yield "int32-half-turn.nii", np.int32, ">", None, None, turned, "qform", "mm", SHAPE
    yield "float32-no-affine.nii.gz", np.float32, "<", None, None, np.diag([0.8, 1.2, 6.0, 1]), "none", "mm", SHAPE
    yield "float64-micron.nii", np.float64, "<", None, None, np.diag([900.0, 1100.0, 8000.0, 1]), "sform", "micron", SHAPE
    yield "float64-big-endian.nii.gz", np.float64, ">", None, None, tilted, "sform", "mm", SHAPE
    yield "uint16-scaled.nii", np.uint16, ">", 2.0, 100.0, lps, "sform", "unknown", SHAPE
    yield "int8.nii", np.int8, "<", None, None, lps, "sform", "mm", SHAPE
    yield "uint32.nii", np.uint32, "<", None, None, lps, "sform", "mm", SHAPE
    yield "metre.nii", np.int16, "<", None, None, np.diag([0.0015, 0.0015, 0.008, 1]), "sform", "meter", SHAPE
    yield "picture.nii", np.int16, "<", None, None, lps, "sform", "mm", (7, 6)
    yield "one-moment.nii", np.int16, "<", None, None, lps, "sform", "mm", (4, 3, 2, 1)
    yield "int64.nii.gz", np.int64, "<", None, None, lps, "sform", "mm", SHAPE
    yield "uint64-big-endian.nii", np.uint64, ">", None, None, tilted, "sform", "mm", SHAPE
    for name in EDITS:
        yield name, np.uint8, "<", None, None, tilted, "sform", "mm", (4, 3, 1) if name == "slice-without-length.nii" else SHAPE


def sheared(head):
    """Columns and rows that are nearly parallel, so that their directions only differ after the shear has been removed."""
    head["srow_x"] = [1.2, 1.1, 0.3, 4]
    head["srow_y"] = [0.9, 1.3, -0.2, 5]
    head["srow_z"] = [0.1, -0.4, 6.0, 6]


def forms_disagree(head):
    head.set_sform(np.diag([-1.5625, -1.5625, 10.0, 1.0]), code=1)
    head.set_qform(np.diag([1.5625, -1.5625, 10.0, 1.0]), code=1)


def qform_only(head, **fields):
    head["sform_code"] = 0
    head["qform_code"] = 1
    for name, value in fields.items():
        head[name] = value


def pixdim(head, *lengths):
    head["pixdim"][1:4] = lengths


def handedness_unknown(head):
    qform_only(head)
    head["pixdim"][0] = -2


def negative_lengths(head):
    qform_only(head)
    pixdim(head, -1.5625, 1.5625, -10.0)


def slice_without_length(head):
    qform_only(head)
    pixdim(head, 1.5625, 1.5625, 0.0)


# Edits that make headers contradict themselves.
EDITS = {
    "sheared.nii": sheared,
    "forms-disagree.nii": forms_disagree,
    "pixdim-of-one.nii": lambda head: pixdim(head, 1, 1, 1),
    "pixdim-of-none.nii": lambda head: pixdim(head, 0, -2, np.nan),
    "sform-code-unknown.nii": lambda head: qform_only(head, sform_code=9),
    "handedness-unknown.nii": handedness_unknown,
    "negative-lengths.nii": negative_lengths,
    "slice-without-length.nii": slice_without_length,
    "nearly-half-turn.nii": lambda head: qform_only(head, quatern_b=0.0, quatern_c=0.9999999, quatern_d=0.0),
}


def main():
    rng = np.random.default_rng(20)
    written = []
    for name, kind, order, slope, intercept, affine, how, unit, shape in cases():
        if np.issubdtype(kind, np.floating):
            stored = rng.normal(0.0, 1e3, shape)
        else:
            info = np.iinfo(kind)
            wide = np.uint64 if kind is np.uint64 else np.int64
            stored = rng.integers(info.min, info.max, shape, endpoint=True, dtype=wide)
        stored = np.asarray(stored, dtype=np.dtype(kind).newbyteorder(order))
        header = nib.Nifti1Header(endianness=order)
        header.set_data_dtype(stored.dtype)
        header.set_data_shape(shape)
        image = nib.Nifti1Image(np.zeros(shape, stored.dtype), affine, header)
        image.header.set_xyzt_units(unit)
        image.set_sform(affine, code=1 if how == "sform" else 0)
        image.set_qform(affine, code=1 if how == "qform" else 0)
        # Writes the stored numbers and the slope directly, since nibabel would choose its own slope.
        head = image.header.copy()
        head["magic"] = b"n+1"
        head["vox_offset"] = 352
        head["scl_slope"] = slope if slope is not None else np.nan
        head["scl_inter"] = intercept if intercept is not None else np.nan
        if name in EDITS:
            EDITS[name](head)
        content = head.binaryblock + bytes(4) + stored.tobytes(order="F")
        path = HERE / name
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)

        read = nib.load(path)
        values = read.get_fdata(dtype=np.float64)
        millimetres = {"meter": 1e3, "micron": 1e-3}.get(unit, 1.0)
        lengths = [float(length) * millimetres for length in voxel_sizes(read.affine)]
        axes = list(values.shape[:3])
        written.append({
            "file": name,
            "shape": [1] * (3 - len(axes)) + axes[::-1],
            "spacing": lengths[::-1],
            "affine": read.affine[:3].tolist(),
            "orientation": "".join(nib.aff2axcodes(read.affine)),
            "values": values.ravel(order="F").tolist(),
        })
    (HERE / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in written) + "\n]\n")
    print(f"{len(written)} files")


if __name__ == "__main__":
    main()
