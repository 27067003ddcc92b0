"""Measures how long PyTorch takes for the envelope of `selvedge bench envelope`, written in idiomatic eager mode.

Prints the median of 20 repetitions of forward and backward, with PyTorch's default number of threads, for the pixel rule
`all_but_sigma` (m = 1) with both scopes, λ = (1, 1) and equal image weights:

    python loss/speed.py --batch 4 --classes 5 --size 512
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F

IGNORE = 255


def envelope(logits, labels, scope):
    entropy = F.cross_entropy(logits, labels, ignore_index=IGNORE, reduction="none")
    p = torch.exp(-entropy)
    pixel = entropy + (1 - p) / (1 + p)
    batch, classes = logits.shape[:2]
    valid = labels != IGNORE
    with torch.no_grad():
        loss = pixel.detach()
        if scope == "image":
            group = torch.where(valid, 0, 1) + 2 * torch.arange(batch).view(-1, 1, 1)
            groups = 2 * batch
        else:
            group = torch.where(valid, labels, classes) + (classes + 1) * torch.arange(batch).view(-1, 1, 1)
            groups = (classes + 1) * batch
        flat, group = loss.flatten(), group.flatten()
        count = torch.zeros(groups).index_add_(0, group, torch.ones_like(flat)).clamp(min=1)
        mean = torch.zeros(groups).index_add_(0, group, flat) / count
        spread = torch.zeros(groups).index_add_(0, group, (flat - mean[group]).square())
        bound = mean + (spread / count).sqrt()
        kept = (valid & (loss <= bound[group].view_as(loss))).float()
    images = (pixel * kept).flatten(1).sum(1) / kept.flatten(1).sum(1).clamp(min=1)
    return images.mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    torch.manual_seed(1)
    size = options.size
    logits = (8 * torch.rand(options.batch, options.classes, size, size) - 4).requires_grad_()
    pixel = torch.arange(options.batch * size * size)
    labels = (pixel // 7 % (3 * options.classes)) % options.classes
    labels[pixel % size < size // 2] = 0
    labels = labels.view(options.batch, size, size)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {tuple(logits.shape)}")
    for scope in ("image", "class"):
        seconds = []
        for _ in range(options.repeats + 1):
            logits.grad = None
            start = time.perf_counter()
            envelope(logits, labels, scope).backward()
            seconds.append(time.perf_counter() - start)
        print(f"  sigma over the {scope}: {1e3 * statistics.median(seconds[1:]):.1f} ms")


if __name__ == "__main__":
    main()
