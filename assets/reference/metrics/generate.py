"""Reference scores for the metrics, from MONAI, MedPy and scikit-learn.

Writes `labels.u8` (the label maps of 50 pairs: ground truth, prediction, ground truth, …, one byte per pixel) and `cases.json`
(the scores of each pair) next to this script:

    pip install monai==1.6.1 medpy==0.5.2 torch==2.15.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python generate.py

The same seeds and versions give the same files. `cases.json` contains, for each pair, its name, number of classes, ignored label
(or null), spacing and shape [z, y, x], the tolerance of the surface Dice, accuracy, the confusion matrix (rows are true classes),
and for each class `dice`, `iou`, `hd`, `hd95`, `nsd`, `sensitivity` and `precision`. A class absent from both truth and prediction
has only nulls. A class absent from one of them has Dice and IoU 0 and null distances and surface Dice, since the libraries disagree
there (nan, inf, an exception). Sensitivity is null without true pixels, precision without predicted ones.

Every number is computed in several ways, which must agree or the script stops:

* Confusion matrix, sensitivity and precision: scikit-learn's; Dice and IoU follow from the same matrix.
* Surface Dice: the fraction of all boundary pixels within the tolerance, from the pairwise distances in 64 bits; MONAI's
  `compute_surface_dice`.
* Dice and IoU: counted here in 64 bits; MONAI's `compute_dice` and `compute_iou` (32 bits).
* Boundary: MONAI's `get_mask_edges`; the mask minus its binary erosion by the cross-shaped element, with zeros beyond the image.
* HD: the largest of all pairwise distances between boundaries, in 64 bits; MONAI's `compute_hausdorff_distance`; MedPy's `hd`.
* HD95: the larger of the two directed 95th percentiles (NumPy's linear interpolation), in 64 bits; MONAI's
  `compute_hausdorff_distance(percentile=95)`. MedPy's `hd95` is a different quantity, the percentile of both directions in one
  list, and is not compared.

The 64-bit numbers are written, since MONAI computes in 32 bits.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from medpy.metric import binary as medpy
from monai.metrics import compute_dice, compute_hausdorff_distance, compute_iou, compute_surface_dice
from monai.metrics.utils import get_mask_edges
from scipy.ndimage import binary_erosion, gaussian_filter, generate_binary_structure
from scipy.spatial.distance import cdist
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

HERE = Path(__file__).resolve().parent
IGNORE = 255


# --- label maps -----------------------------------------------------------------------------------------------------------


def blobs(rng, shape, classes, smoothness):
    """Smooth regions: the class whose smoothed random field is highest. The background is favoured."""
    fields = np.stack([gaussian_filter(rng.standard_normal(shape), smoothness, mode="nearest") for _ in range(classes)])
    fields /= fields.std(axis=tuple(range(1, fields.ndim)), keepdims=True) + 1e-12
    fields[0] += 0.7
    return fields.argmax(axis=0).astype(np.uint8)


def perturbed(rng, truth, amount):
    """A plausible prediction: the truth shifted by up to `amount` pixels, its ends repeated, with a little salt noise."""
    prediction = truth
    for axis, length in enumerate(truth.shape):
        shift = int(rng.integers(-amount, amount + 1))
        prediction = prediction.take(np.clip(np.arange(length) + shift, 0, length - 1), axis=axis)
    salt = rng.random(truth.shape) < 0.01
    return np.where(salt, rng.integers(0, truth.max() + 1, truth.shape), prediction).astype(np.uint8)


def boxes(rng, shape, classes):
    """One filled box per foreground class; some touch the border, some cover others."""
    labels = np.zeros(shape, np.uint8)
    for label in range(1, classes):
        corners = [np.sort(rng.integers(0, length + 1, 2)) for length in shape]
        labels[tuple(slice(low, max(high, low + 1)) for low, high in corners)] = label
    return labels


def specks(rng, shape, classes):
    """One pixel at a random position for each foreground class."""
    labels = np.zeros(shape, np.uint8)
    for label in range(1, classes):
        labels[tuple(int(rng.integers(0, length)) for length in shape)] = label
    return labels


def pairs():
    """Yields (name, truth, prediction, classes, ignore, spacing); images have two axes, volumes three."""
    pixel = (1.0, 1.0, 1.0)
    sizes = [(24, 24), (31, 47), (48, 33), (17, 64), (40, 40)]
    for index in range(16):
        rng = np.random.default_rng(1000 + index)
        shape, classes = sizes[index % 5], 2 + index % 5
        truth = blobs(rng, shape, classes, 2.0 + index % 3)
        spacing = pixel if index % 4 else (1.0, 0.8, 1.25)
        yield f"blobs {index}", truth, perturbed(rng, truth, 1 + index % 4), classes, None, spacing
    for index in range(6):
        rng = np.random.default_rng(2000 + index)
        shape, classes = sizes[index % 5], 2 + index % 5
        truth = blobs(rng, shape, classes, 3.0)
        prediction = perturbed(rng, truth, 3)
        truth[gaussian_filter(rng.standard_normal(shape), 3.0) > 0.08] = IGNORE
        yield f"ignored {index}", truth, prediction, classes, IGNORE, pixel
    for index in range(6):
        rng = np.random.default_rng(3000 + index)
        shape, classes = [(16, 16), (9, 21), (25, 13)][index % 3], 2 + index % 5
        truth, prediction = (rng.integers(0, classes, shape).astype(np.uint8) for _ in range(2))
        yield f"noise {index}", truth, prediction, classes, None, pixel
    for index in range(8):
        rng = np.random.default_rng(4000 + index)
        shape, classes = sizes[index % 5], 2 + index % 5
        yield f"boxes {index}", boxes(rng, shape, classes), boxes(rng, shape, classes), classes, None, pixel
    for index in range(4):
        rng = np.random.default_rng(5000 + index)
        shape, classes = [(33, 50), (7, 7), (1, 19), (23, 1)][index], 3 + index % 2
        yield f"specks {index}", specks(rng, shape, classes), specks(rng, shape, classes), classes, None, pixel
    for index in range(2):
        rng = np.random.default_rng(6000 + index)
        truth = blobs(rng, (29, 30), 4, 3.0)
        prediction = perturbed(rng, truth, 2)
        # Class 3 is missing from the prediction or from the truth; class 5 occurs in neither.
        (prediction if index == 0 else truth)[(prediction if index == 0 else truth) == 3] = 0
        yield f"missed {index}", truth, prediction, 6, None, pixel
    volumes = [
        ((6, 20, 22), 3, (5.0, 1.0, 1.0)),
        ((9, 15, 17), 4, (1.0, 1.0, 1.0)),
        ((4, 25, 19), 2, (10.0, 1.5625, 1.5625)),
        ((12, 11, 13), 5, (0.7, 1.3, 2.1)),
        ((3, 16, 16), 3, (2.5, 0.5, 0.75)),
        ((8, 8, 8), 4, (1.0, 2.0, 3.0)),
        ((5, 18, 14), 3, (5.0, 1.25, 1.25)),
        ((2, 9, 31), 2, (3.0, 1.0, 1.0)),
    ]
    for index, (shape, classes, spacing) in enumerate(volumes):
        rng = np.random.default_rng(7000 + index)
        ignore = None
        if index == 5:
            truth, prediction = (rng.integers(0, classes, shape).astype(np.uint8) for _ in range(2))
        elif index == 4:
            truth, prediction = boxes(rng, shape, classes), boxes(rng, shape, classes)
        else:
            truth = blobs(rng, shape, classes, (1.0, 2.0, 2.0))
            prediction = perturbed(rng, truth, 2)
        if index == 6:
            truth[rng.random(shape) < 0.1] = IGNORE
            ignore = IGNORE
        yield f"volume {index}", truth, prediction, classes, ignore, spacing


# --- scores ---------------------------------------------------------------------------------------------------------------


def check_agreement(name, exact, other, relative):
    if not math.isclose(exact, other, rel_tol=relative, abs_tol=relative):
        raise SystemExit(f"{name}: {exact} by definition, {other} by the library")


def edges_by_definition(mask):
    return mask & ~binary_erosion(mask, generate_binary_structure(mask.ndim, 1), border_value=0)


def distances(name, truth, prediction, spacing, tolerance):
    """HD, HD95 and surface Dice of two non-empty masks."""
    edges = [edges_by_definition(mask) for mask in (truth, prediction)]
    for ours, theirs in zip(edges[::-1], get_mask_edges(prediction, truth, crop=False)):
        if not np.array_equal(ours, theirs):
            raise SystemExit(f"{name}: MONAI finds a different boundary")
    points = [np.argwhere(edge) * np.asarray(spacing) for edge in edges]
    between = cdist(*points)
    directed = [between.min(axis=1), between.min(axis=0)]
    hd = float(max(part.max() for part in directed))
    hd95 = float(max(np.percentile(part, 95) for part in directed))
    # A distance that equals the tolerance up to rounding is within it.
    within = [part <= tolerance * (1 + 1e-9) for part in directed]
    nsd = float(np.concatenate(within).mean())

    tensors = [torch.from_numpy(mask[None, None].astype(np.float32)) for mask in (prediction, truth)]
    for percentile, exact in ((None, hd), (95, hd95)):
        theirs = compute_hausdorff_distance(
            *tensors, include_background=True, percentile=percentile, directed=False, spacing=list(spacing)
        )
        check_agreement(f"{name}, percentile {percentile}, MONAI", exact, float(theirs), 2e-6)
    check_agreement(f"{name}, MedPy", hd, float(medpy.hd(prediction, truth, voxelspacing=spacing, connectivity=1)), 1e-12)
    theirs = compute_surface_dice(*tensors, [tolerance], include_background=True, spacing=list(spacing))
    check_agreement(f"{name}, surface Dice, MONAI", nsd, float(theirs), 2e-6)
    return hd, hd95, nsd


def detection(truth, prediction, counted, classes):
    """The confusion matrix, and sensitivity and precision of each class; NaN of nothing."""
    truth, prediction, labels = truth[counted], prediction[counted], list(range(classes))
    matrix = confusion_matrix(truth, prediction, labels=labels)
    precision, sensitivity, _, _ = precision_recall_fscore_support(
        truth, prediction, labels=labels, zero_division=np.nan
    )
    return matrix.tolist(), sensitivity, precision


def overlaps(name, truth, prediction):
    """Dice and IoU of two masks, at least one of which is not empty."""
    shared, total = int((truth & prediction).sum()), int(truth.sum()) + int(prediction.sum())
    dice, iou = 2 * shared / total, shared / (total - shared)
    tensors = [torch.from_numpy(mask[None, None].astype(np.float32)) for mask in (prediction, truth)]
    check_agreement(f"{name}, Dice", dice, float(compute_dice(*tensors, ignore_empty=False)), 1e-6)
    check_agreement(f"{name}, IoU", iou, float(compute_iou(*tensors, ignore_empty=False)), 1e-6)
    return dice, iou


def score(name, truth, prediction, classes, ignore, spacing):
    counted = np.ones(truth.shape, bool) if ignore is None else truth != ignore
    # Of a volume in millimetres, 1.5: some pairs of voxels are nearer, others are not.
    tolerance = 2.0 if truth.ndim == 2 else 1.5
    confusion, sensitivity, precision = detection(truth, prediction, counted, classes)
    per_class = []
    for label in range(classes):
        masks = [(labels == label) & counted for labels in (truth, prediction)]
        entry = dict.fromkeys(("dice", "iou", "hd", "hd95", "nsd"))
        if any(mask.any() for mask in masks):
            entry["dice"], entry["iou"] = overlaps(f"{name}, class {label}", *masks)
        if all(mask.any() for mask in masks):
            figures = distances(f"{name}, class {label}", *masks, spacing[3 - truth.ndim :], tolerance)
            entry["hd"], entry["hd95"], entry["nsd"] = figures
        for key, values in (("sensitivity", sensitivity), ("precision", precision)):
            entry[key] = None if np.isnan(values[label]) else float(values[label])
        per_class.append(entry)
    return {
        "name": name,
        "classes": classes,
        "ignore": ignore,
        "spacing": list(spacing),
        "tolerance": tolerance,
        "confusion": confusion,
        "accuracy": float((truth == prediction)[counted].mean()),
        "per_class": per_class,
    }


def main():
    torch.set_num_threads(1)
    cases, labels = [], []
    for name, truth, prediction, classes, ignore, spacing in pairs():
        cases.append(score(name, truth, prediction, classes, ignore, spacing))
        cases[-1]["shape"] = [1] * (3 - truth.ndim) + list(truth.shape)
        labels += [truth.astype(np.uint8).tobytes(), prediction.astype(np.uint8).tobytes()]
    (HERE / "labels.u8").write_bytes(b"".join(labels))
    (HERE / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} pairs, {sum(len(case['per_class']) for case in cases)} classes")


if __name__ == "__main__":
    main()
