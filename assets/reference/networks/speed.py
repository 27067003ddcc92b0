"""Measures how long PyTorch takes for a training step in eager mode (forward, cross-entropy, backward and AdamW on random images)
with its default number of threads, and the process's peak memory, for comparison with `selvedge bench step`. With `--device cuda`
it runs on a GPU, in full 32 bits (no TF32), and prints the peak memory that PyTorch reserved there. With `--forward` it measures
only the logits, in evaluation mode and `torch.inference_mode`, for comparison with `selvedge bench forward`. `--json` prints the
figures as one JSON object.

    python networks/speed.py --model unet3plus --width 64 --classes 5 --size 256 --batch 1

`ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2` limits PyTorch to AVX2, as `SELVEDGE_INSTRUCTIONS=avx2` does Selvedge. PyTorch's
threads spin while they wait; `GOMP_SPINCOUNT=0` prevents that if other work runs at the same time.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

from unets import UNet, UNet3Plus

# The 15 non-empty sets of four maps.
SETS = [[bit for bit in range(4) if chosen >> bit & 1] for chosen in range(1, 16)]


def build(name, width, classes):
    """A network with its default settings, and a function that selects the logits of its loss."""
    if name == "unet":
        return UNet(width, classes), lambda outputs: outputs[:1]
    if name == "unet3plus":
        return UNet3Plus(width, classes, False), lambda outputs: outputs[:1]
    # The others need torchvision or timm.
    if name == "deeplabv3":
        import deeplab

        return deeplab.build("resnet50", width, 8, classes, False), lambda outputs: [outputs["out"]]
    if name == "pvtgcascade":
        from gcascade import PvtGcascade

        network = PvtGcascade("b2", width, classes, False)
    else:
        from merit import MeritGcascade

        network = MeritGcascade(width, classes, False)
    return network, lambda outputs: [sum(outputs[1][bit] for bit in chosen) for chosen in SETS]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["unet", "unet3plus", "deeplabv3", "pvtgcascade", "meritgcascade"], default="unet3plus")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--forward", action="store_true")
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(1)
    # Some parts of the networks are created on the default device.
    torch.set_default_device(o.device)
    network, logits = build(o.model, o.width, o.classes)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    images = torch.randn(o.batch, 3, o.size, o.size)
    labels = torch.randint(0, o.classes, (o.batch, o.size, o.size))

    def step():
        optimizer.zero_grad(set_to_none=True)
        sum(F.cross_entropy(output, labels) for output in logits(network(images))).backward()
        optimizer.step()

    def forward():
        with torch.inference_mode():
            outputs = network(images)
            # The prediction: the first logits, or the sum of all four maps.
            if o.model in ["pvtgcascade", "meritgcascade"]:
                sum(outputs[1])

    if o.forward:
        network.eval()
    seconds = []
    for _ in range(o.repeats + 1):
        start = time.perf_counter()
        forward() if o.forward else step()
        if o.device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    if o.device == "cuda":
        where = torch.cuda.get_device_name()
        peak = torch.cuda.max_memory_reserved() / 2**20
    else:
        # Windows has none.
        import resource

        where = f"{torch.get_num_threads()} threads"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if o.json:
        print(json.dumps({"median_s": statistics.median(seconds[1:]), "first_s": seconds[0], "peak_mib": peak}))
        return
    print(
        f"PyTorch {torch.__version__}, {where}, {o.model} of width {o.width}, {o.batch}×{o.classes}×{o.size}²: "
        f"{1e3 * statistics.median(seconds[1:]):.1f} ms, {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
