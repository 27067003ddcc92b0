"""Outputs and gradients of PyTorch's convolution, bilinear resize, and the one after the other, in 64 bits.

Writes `cases.json` beside this file: {"convolutions": [...], "resizes": [...], "upsampled": [...]}. Inputs come from formulas that the test repeats:
element k of tensor t is sin(1.7 k + 0.9 t + 0.3), t = 0 input, 1 weight, 2 bias, 3 the seed that the output is multiplied with
before the sum whose gradients are given. Stored are shapes and settings, the `output`, and the gradients `by_input`, `by_weight`,
`by_bias`, all flat.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

HERE = Path(__file__).parent


def formula(number, shape):
    count = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return torch.sin(1.7 * count + 0.9 * number + 0.3).reshape(shape)


def flat(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def convolution(shape, outputs, kernel, stride, padding, dilation, groups):
    x = formula(0, shape).requires_grad_()
    w = formula(1, (outputs, shape[1] // groups, kernel, kernel)).requires_grad_()
    b = formula(2, (outputs,)).requires_grad_()
    y = F.conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)
    (y * formula(3, y.shape)).sum().backward()
    return {
        "shape": shape, "outputs": outputs, "kernel": kernel, "stride": stride, "padding": padding,
        "dilation": dilation, "groups": groups, "output": flat(y), "by_input": flat(x.grad),
        "by_weight": flat(w.grad), "by_bias": flat(b.grad),
    }  # fmt: skip


def resize(shape, to, aligned):
    x = formula(0, shape).requires_grad_()
    y = F.interpolate(x, size=to, mode="bilinear", align_corners=aligned)
    (y * formula(3, y.shape)).sum().backward()
    return {"shape": shape, "to": to, "aligned": aligned, "output": flat(y), "by_input": flat(x.grad)}


def upsampled(shape, to, outputs, aligned):
    x = formula(0, shape).requires_grad_()
    w = formula(1, (outputs, shape[1], 3, 3)).requires_grad_()
    b = formula(2, (outputs,)).requires_grad_()
    y = F.conv2d(F.interpolate(x, size=to, mode="bilinear", align_corners=aligned), w, b, padding=1)
    (y * formula(3, y.shape)).sum().backward()
    return {
        "shape": shape, "to": to, "outputs": outputs, "aligned": aligned, "output": flat(y),
        "by_input": flat(x.grad), "by_weight": flat(w.grad), "by_bias": flat(b.grad),
    }  # fmt: skip


def main():
    convolutions = [
        convolution((2, 3, 5, 7), 4, 3, 1, 1, 1, 1),
        convolution((1, 4, 1, 1), 3, 3, 1, 1, 1, 1),
        convolution((2, 5, 6, 3), 2, 1, 1, 0, 1, 1),
        convolution((1, 3, 9, 8), 4, 3, 2, 1, 1, 1),
        convolution((1, 3, 11, 10), 2, 7, 2, 3, 1, 1),
        convolution((1, 2, 7, 9), 3, 3, 1, 2, 2, 1),
        convolution((1, 2, 6, 5), 3, 3, 1, 12, 12, 1),
        convolution((1, 2, 4, 4), 2, 3, 1, 36, 36, 1),
        convolution((2, 4, 5, 6), 6, 3, 1, 1, 1, 2),
        convolution((1, 4, 7, 5), 4, 3, 2, 1, 1, 4),
        convolution((1, 3, 6, 7), 2, 2, 1, 0, 1, 1),
    ]
    resizes = [
        resize(shape, to, aligned)
        for aligned in (False, True)
        for shape, to in [
            ((2, 2, 3, 4), (6, 8)),
            ((1, 1, 2, 3), (8, 12)),
            ((1, 1, 1, 2), (16, 32)),
            ((1, 2, 5, 7), (9, 11)),
            ((1, 1, 9, 8), (4, 3)),
            ((1, 2, 1, 1), (5, 3)),
        ]
    ]
    upsampled_cases = [
        upsampled(shape, to, 2, aligned)
        for aligned in (False, True)
        for shape, to in [((2, 3, 3, 4), (6, 8)), ((1, 2, 2, 1), (8, 4)), ((1, 2, 5, 4), (7, 9))]
    ]
    lines = [",\n".join(json.dumps(case) for case in cases) for cases in (convolutions, resizes, upsampled_cases)]
    names = ("convolutions", "resizes", "upsampled")
    lists = ",\n".join(f'"{name}": [\n{cases}\n]' for name, cases in zip(names, lines))
    (HERE / "cases.json").write_text(f"{{{lists}}}\n")
    print(f"{len(convolutions)} convolutions, {len(resizes)} resizes, {len(upsampled_cases)} upsampled")


if __name__ == "__main__":
    main()
