"""How long PyTorch takes for a training step in eager mode, to stand beside `selvedge bench step`: forward, cross-entropy,
backward and AdamW on random images, on as many threads as PyTorch takes by itself, and the most memory that the process held.

    python networks/speed.py --model unet3plus --width 64 --classes 5 --size 256 --batch 1
"""

import argparse
import resource
import statistics
import time

import torch
import torch.nn.functional as F

from generate import UNet, UNet3Plus


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["unet", "unet3plus"], default="unet3plus")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    o = parser.parse_args()
    torch.manual_seed(1)
    network = UNet(o.width, o.classes) if o.model == "unet" else UNet3Plus(o.width, o.classes, False)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    images = torch.randn(o.batch, 3, o.size, o.size)
    labels = torch.randint(0, o.classes, (o.batch, o.size, o.size))
    seconds = []
    for _ in range(o.repeats + 1):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(network(images)[0], labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {o.model} of width {o.width}, {o.batch}×{o.classes}×{o.size}²: "
        f"{1e3 * statistics.median(seconds[1:]):.0f} ms, {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
