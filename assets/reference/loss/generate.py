"""Reference values of the losses, from PyTorch in 64 bits with automatic gradients.

Writes `cases.json` next to this script: {"inputs": {NAME: {shape, logits, labels}}, "cases": [...]}. A case names its input, its
settings (keys of a recipe's [loss] section), the loss store before the batch (null for an image not yet seen; the batch consists
of images 0, 1, ...), the epoch and the number of epochs. Its results are `image_loss`, `kept` (pixels of each image that count),
`image_weight`, `mean_weight`, `batch_loss`, and `gradient`, that of the batch loss with respect to the logits.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
IGNORE = 255


def make_input(seed, shape, ignored, scale=2.0):
    generator = torch.Generator().manual_seed(seed)
    batch, classes, height, width = shape
    logits = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, classes, (batch, height, width), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < ignored] = IGNORE
    return logits, labels


def cross_entropy(logits, labels):
    """-ln p of the true class; the caller masks the values at ignored pixels."""
    return F.cross_entropy(logits, labels, ignore_index=IGNORE, reduction="none")


def envelope(logits, labels, c):
    entropy = cross_entropy(logits, labels)
    p = torch.exp(-entropy)
    pixel = c.get("lambda_ce", 1.0) * entropy + c.get("lambda_cdc", 1.0) * (1 - 2 * p / (1 + p))
    weights = torch.tensor(c.get("class_weights") or [1.0] * logits.shape[1], dtype=torch.float64)
    losses, kept_counts = [], []
    for loss, label in zip(pixel, labels):
        valid = label != IGNORE
        kept = torch.zeros_like(valid)
        if c["pixels"] == "all":
            kept = valid
        elif c["pixels"] == "top":
            count = math.ceil(c["pixel_share"] * int(valid.sum()))
            flat = loss.detach().flatten().clone()
            flat[~valid.flatten()] = -math.inf
            order = torch.sort(flat, descending=True, stable=True).indices[:count]
            kept.view(-1)[order] = True
        else:
            groups = [valid]
            if c["sigma_scope"] == "class":
                groups = [label == number for number in range(logits.shape[1])]
            for group in groups:
                values = loss.detach()[group]
                if len(values):
                    bound = values.mean() + c["sigma"] * values.std(correction=0)
                    kept |= group & (loss.detach() <= bound)
        kept_counts.append(int(kept.sum()))
        weight = weights[label.clamp(max=logits.shape[1] - 1)] * kept
        total = weight.sum()
        losses.append((loss * weight).sum() / total if total > 0 else (loss * 0).sum())
    return torch.stack(losses), kept_counts


def dice_cross_entropy(logits, labels, c):
    p = torch.softmax(logits, 1)
    losses = []
    for probability, label, entropy in zip(p, labels, cross_entropy(logits, labels)):
        valid = label != IGNORE
        dice = []
        for number in range(1, logits.shape[1]):
            y = (label == number).double()
            hit, predicted = (probability[number] * y).sum(), (probability[number] * valid).sum()
            dice.append(1 - (2 * hit + 1e-5) / (predicted + y.sum() + 1e-5))
        losses.append(entropy[valid].mean() + torch.stack(dice).mean())
    return torch.stack(losses), [int((label != IGNORE).sum()) for label in labels]


def focal(logits, labels, c):
    entropy = cross_entropy(logits, labels)
    pixel = (1 - torch.exp(-entropy)) ** c.get("focal_gamma", 2.0) * entropy
    losses = [loss[label != IGNORE].mean() for loss, label in zip(pixel, labels)]
    return torch.stack(losses), [int((label != IGNORE).sum()) for label in labels]


def unified_focal(logits, labels, c):
    delta, gamma, share = 0.6, 0.5, 0.5
    probabilities = torch.softmax(logits, 1)
    losses = []
    for p, label, entropy in zip(probabilities, labels, cross_entropy(logits, labels)):
        valid = label != IGNORE
        true = torch.exp(-entropy)
        pixel = torch.where(label == 0, (1 - delta) * (1 - true) ** gamma * entropy, delta * entropy)
        halves = []
        for number in range(logits.shape[1]):
            y = (label == number).double()
            hit = (p[number] * y).sum()
            missed = ((1 - p[number]) * y).sum()
            alarmed = (p[number] * (valid & (label != number))).sum()
            index = (hit + 1e-7) / (hit + delta * missed + (1 - delta) * alarmed + 1e-7)
            halves.append(1 - index if number == 0 else (1 - index) ** (1 - gamma))
        losses.append(share * pixel[valid].mean() + (1 - share) * torch.stack(halves).mean())
    return torch.stack(losses), [int((label != IGNORE).sum()) for label in labels]


def chosen_of_batch(entropy, chosen):
    """Contributions of the images to the mean over the chosen pixels, scaled so that their mean is that mean."""
    losses = (entropy * chosen).flatten(1).sum(1) * len(entropy) / chosen.sum()
    return losses, [int(one.sum()) for one in chosen]


def pixel_top_k(logits, labels, c):
    entropy = cross_entropy(logits, labels)
    valid = (labels != IGNORE).flatten()
    flat = entropy.detach().flatten().clone()
    flat[~valid] = -math.inf
    count = max(1, int(int(valid.sum()) * c["pixel_share"] + 1e-9))
    chosen = torch.zeros_like(valid)
    chosen[torch.sort(flat, descending=True, stable=True).indices[:count]] = True
    return chosen_of_batch(entropy, chosen.view_as(labels))


def ohem(logits, labels, c):
    entropy = cross_entropy(logits, labels)
    valid = labels != IGNORE
    p = torch.exp(-entropy.detach())
    ascending = p[valid].sort().values
    bound = max(c["ohem_threshold"], float(ascending[min(c["ohem_min_kept"], len(ascending) - 1)]))
    return chosen_of_batch(entropy, valid & (p < bound))


def plain(logits, labels, c):
    entropy = cross_entropy(logits, labels)
    weights = torch.tensor(c.get("class_weights") or [1.0] * logits.shape[1], dtype=torch.float64)
    losses = []
    for loss, label in zip(entropy, labels):
        weight = weights[label.clamp(max=logits.shape[1] - 1)] * (label != IGNORE)
        losses.append((loss * weight).sum() / weight.sum())
    return torch.stack(losses), [int((label != IGNORE).sum()) for label in labels]


LOSSES = {
    "envelope": envelope,
    "cross_entropy": plain,
    "dice_cross_entropy": dice_cross_entropy,
    "focal": focal,
    "unified_focal": unified_focal,
    "pixel_top_k": pixel_top_k,
    "ohem": ohem,
}


def image_weights(losses, store, c, epoch, epochs):
    if c["name"] != "envelope" or c["images"] == "erm" or epoch == 1:
        return [1.0] * len(losses), 1.0
    values = list(store)
    values[: len(losses)] = [float(loss) for loss in losses]
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    rank = {index: position + 1 for position, (_, index) in enumerate(sorted(known))}
    progress = (epoch - 1) / (epochs - 1)
    kept = c.get("kept_images", 0.5)
    if c["images"] == "top_k_decreasing":
        kept = 1 - (1 - kept) * progress
    alpha = c.get("alpha", 100.0)
    if c["smoothing"] == "decreasing":
        alpha *= (c["alpha_end"] / alpha) ** progress
    low, high = c["window"] if c["images"] == "window" else (1 - kept, math.inf)

    def b(index):
        u = (rank[index] - 0.5) / len(known)
        if c["smoothing"] == "none":
            return float(low <= u <= high if c["images"] == "window" else u > low)
        upper = 1.0 if math.isinf(high) else 1 / (1 + math.exp(-alpha * (high - u)))
        return upper / (1 + math.exp(-alpha * (u - low)))

    return [b(index) for index in range(len(losses))], sum(map(b, rank)) / len(known)


def run(name, inputs, settings, store, epoch, epochs):
    logits, labels = inputs[name]
    logits = logits.clone().requires_grad_()
    losses, kept = LOSSES[settings["name"]](logits, labels, settings)
    weights, mean = image_weights(losses.detach(), store, settings, epoch, epochs)
    batch = (losses * torch.tensor(weights, dtype=torch.float64)).sum() / len(losses) / mean
    batch.backward()
    return {
        "input": name,
        "settings": settings,
        "store": store,
        "epoch": epoch,
        "epochs": epochs,
        "image_loss": losses.tolist(),
        "kept": kept,
        "image_weight": weights,
        "mean_weight": mean,
        "batch_loss": float(batch.detach()),
        "gradient": logits.grad.flatten().tolist(),
    }


def main():
    inputs = {
        "three": make_input(1, (3, 4, 5, 7), 0.1),
        "two": make_input(2, (2, 2, 6, 4), 0.0),
        "extreme": make_input(3, (2, 3, 4, 4), 0.2, scale=40.0),
    }
    # An image whose pixels are all ignored.
    logits, labels = make_input(4, (2, 3, 4, 5), 0.1)
    labels[1] = IGNORE
    inputs["empty"] = (logits, labels)

    erm = {"name": "envelope", "images": "erm", "smoothing": "none"}
    rules = [
        {"pixels": "all"},
        {"pixels": "top", "pixel_share": 0.1},
        {"pixels": "top", "pixel_share": 0.5},
        {"pixels": "all_but_sigma", "sigma": 1.0, "sigma_scope": "image"},
        {"pixels": "all_but_sigma", "sigma": 0.3, "sigma_scope": "image"},
        {"pixels": "all_but_sigma", "sigma": 1.0, "sigma_scope": "class"},
        {"pixels": "all_but_sigma", "sigma": 0.3, "sigma_scope": "class"},
    ]
    unseen = {"three": [None] * 3, "two": [None] * 2, "extreme": [None] * 2, "empty": [None] * 2}
    cases = []
    for name in inputs:
        for rule in rules:
            cases.append(run(name, inputs, erm | rule, unseen[name], 1, 1))
    for lambdas in ((1.0, 0.0), (0.0, 1.0), (0.3, 0.7)):
        settings = erm | {"pixels": "all", "lambda_ce": lambdas[0], "lambda_cdc": lambdas[1]}
        cases.append(run("three", inputs, settings, unseen["three"], 1, 1))
    weighted = {"class_weights": [1.0, 2.0, 0.5, 4.0]}
    cases.append(run("three", inputs, erm | rules[0] | weighted, unseen["three"], 1, 1))
    cases.append(run("three", inputs, erm | rules[5] | weighted, unseen["three"], 1, 1))

    store = [None, 0.4, 2.0, 1.1, 1.9, 0.2, 1.5, None, 1.4, 3.0]
    smoothings = [
        {"smoothing": "none"},
        {"smoothing": "constant", "alpha": 20.0},
        {"smoothing": "decreasing", "alpha": 100.0, "alpha_end": 10.0},
    ]
    images = [
        {"images": "top_k", "kept_images": 0.4},
        {"images": "top_k_decreasing", "kept_images": 0.3},
        {"images": "window", "window": [0.2, 0.7]},
    ]
    for rule in images:
        for smoothing in smoothings:
            for epoch in (1, 4, 9):
                settings = {"name": "envelope", "pixels": "all"} | rule | smoothing
                cases.append(run("three", inputs, settings, store, epoch, 9))

    others = [
        {"name": "cross_entropy"},
        {"name": "cross_entropy"} | weighted,
        {"name": "dice_cross_entropy"},
        {"name": "focal", "focal_gamma": 2.0},
        {"name": "unified_focal"},
        {"name": "pixel_top_k", "pixel_share": 0.1},
        {"name": "ohem", "ohem_threshold": 0.7, "ohem_min_kept": 5},
        {"name": "ohem", "ohem_threshold": 0.05, "ohem_min_kept": 20},
    ]
    for settings in others:
        cases.append(run("three", inputs, settings, unseen["three"], 1, 1))
        if "class_weights" not in settings:
            cases.append(run("two", inputs, settings, unseen["two"], 1, 1))

    # Plain cross-entropy, averaged by PyTorch itself, is a special case.
    logits, labels = inputs["two"]
    special = run("two", inputs, erm | {"pixels": "all", "lambda_cdc": 0.0}, unseen["two"], 1, 1)
    if abs(special["batch_loss"] - float(F.cross_entropy(logits, labels))) > 1e-14:
        raise SystemExit("the envelope of all images and pixels differs from cross-entropy")
    cases.append(special)

    described = {
        name: {"shape": list(logits.shape), "logits": logits.flatten().tolist(), "labels": labels.flatten().tolist()}
        for name, (logits, labels) in inputs.items()
    }
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "cases.json").write_text(f'{{"inputs": {json.dumps(described)},\n"cases": [\n{lines}\n]}}\n')
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
