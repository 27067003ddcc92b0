"""Outputs and gradients of PyTorch's convolution, transposed convolution, bilinear resize, and convolution of what was resized,
in 64 bits.

Writes `cases.json` beside this file, a list of cases for each: "convolutions", "transposed", "resizes", "upsampled". Inputs come
from formulas that the test repeats:
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


def transposed(shape, outputs, kernel, stride, padding, extra, dilation, groups):
    x = formula(0, shape).requires_grad_()
    w = formula(1, (shape[1], outputs // groups, kernel, kernel)).requires_grad_()
    b = formula(2, (outputs,)).requires_grad_()
    y = F.conv_transpose2d(
        x, w, b, stride=stride, padding=padding, output_padding=extra, groups=groups, dilation=dilation
    )  # fmt: skip
    (y * formula(3, y.shape)).sum().backward()
    return {
        "shape": shape, "outputs": outputs, "kernel": kernel, "stride": stride, "padding": padding,
        "dilation": dilation, "groups": groups, "size": y.shape[2:], "output": flat(y), "by_input": flat(x.grad),
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
    transposes = [
        transposed((2, 3, 4, 5), 4, 4, 2, 1, 0, 1, 1),
        transposed((1, 4, 1, 1), 3, 4, 2, 1, 0, 1, 1),
        transposed((1, 2, 5, 3), 3, 3, 2, 1, 1, 1, 1),
        transposed((2, 3, 6, 4), 5, 3, 1, 1, 0, 1, 1),
        transposed((1, 2, 4, 3), 2, 3, 3, 0, 2, 2, 1),
        transposed((1, 4, 3, 4), 6, 3, 2, 0, 1, 1, 2),
        transposed((1, 3, 3, 5), 3, 2, 2, 0, 0, 1, 3),
        transposed((1, 2, 3, 4), 3, 1, 1, 0, 0, 1, 1),
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
    kinds = {
        "convolutions": convolutions,
        "transposed": transposes,
        "resizes": resizes,
        "upsampled": upsampled_cases,
    }
    lists = [f'"{kind}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]" for kind, cases in kinds.items()]
    (HERE / "cases.json").write_text("{" + ",\n".join(lists) + "}\n")
    print(", ".join(f"{len(cases)} {kind}" for kind, cases in kinds.items()))


if __name__ == "__main__":
    main()
