"""Reads the event files of a run with TensorBoard, and compares them with scores.jsonl: `event_files.py RUN`."""

import json
import sys
from pathlib import Path

from tensorboard import version
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = Path(sys.argv[1])
lines = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
everything = EventAccumulator(
    str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0}
)
everything.Reload()
tags = everything.Tags()
epochs = [line["epoch"] for line in lines]
assert epochs == list(range(1, len(lines) + 1)), epochs


def steps_and_values(tag):
    return [(event.step, event.value) for event in everything.Scalars(tag)]


def close(found, expected):
    assert [step for step, _ in found] == [step for step, _ in expected], (found, expected)
    for (_, one), (_, other) in zip(found, expected):
        assert abs(one - other) <= 1e-6 * max(1.0, abs(other)), (one, other)


for tag, key in [
    ("loss/training", "train_loss"),
    ("loss/validation", "validation_loss"),
    ("dice/mean", "dice"),
    ("iou/mean", "miou"),
    ("accuracy", "accuracy"),
    ("kept/images", "kept_images"),
    ("kept/pixels", "kept_pixels"),
    ("learning rate", "learning_rate"),
]:
    expected = [(line["epoch"], line[key]) for line in lines if line[key] is not None]
    close(steps_and_values(tag), expected)
for number, scores in enumerate(lines[0]["per_class"]):
    name = scores["name"]
    found = [(line["epoch"], line["per_class"][number]["dice"]) for line in lines]
    expected = [(epoch, dice) for epoch, dice in found if dice is not None]
    if expected:
        close(steps_and_values(f"dice/{name}"), expected)

assert tags["images"], tags
for tag in tags["images"]:
    images = everything.Images(tag)
    assert [image.step for image in images] == epochs, tag
    assert all(image.encoded_image_string.startswith(b"\x89PNG") for image in images)
files = sorted(path.name for path in (run / "tensorboard").iterdir())
print(
    f"TensorBoard {version.VERSION} read {len(files)} event files: {len(epochs)} epochs once each, "
    f"{len(tags['scalars'])} series of numbers, {len(tags['images'])} of images"
)
