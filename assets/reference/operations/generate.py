"""Outputs and gradients of PyTorch's convolution, transposed convolution, bilinear resize, convolution of a resized map, layer
normalisation over channels, and largest excess over neighbours, in 64 bits; also the columns of the smallest numbers of each row.

Writes `cases.json` next to this script, a list of cases for each: "convolutions", "transposed", "resizes", "upsampled",
"layer_norms", "relatives", "nearest". Inputs come from formulas that the test repeats: element k of tensor t is
sin(1.7 k + 0.9 t + 0.3). Tensor 0 is the input, 1 the weight, 2 the bias, and 3 the seed: the gradients are those of the sum of
output times seed. For the normalisation, 1 is γ and 2 is β. For the excess, 0 are the nodes and 1 the references, and neighbour k
over all nodes is k² + k // 3 modulo the number of references. `nearest` uses tensor 0. The file contains shapes and settings, the
`output`, and the gradients `by_input`, `by_weight`, `by_bias`, `by_gamma`, `by_beta`, `by_nodes`, `by_references`, all flat.
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


def layer_norm(shape, epsilon):
    x = formula(0, shape).requires_grad_()
    gamma = formula(1, (shape[1],)).requires_grad_()
    beta = formula(2, (shape[1],)).requires_grad_()
    y = F.layer_norm(x.permute(0, 2, 3, 1), (shape[1],), gamma, beta, epsilon).permute(0, 3, 1, 2)
    (y * formula(3, y.shape)).sum().backward()
    return {
        "shape": shape, "epsilon": epsilon, "output": flat(y), "by_input": flat(x.grad), "by_gamma": flat(gamma.grad),
        "by_beta": flat(beta.grad),
    }  # fmt: skip


def relative(shape, references, near):
    batch, channels, nodes = shape
    x = formula(0, shape).requires_grad_()
    r = formula(1, (batch, channels, references)).requires_grad_()
    k = torch.arange(batch * nodes * near)
    neighbours = ((k * k + k // 3) % references).reshape(batch, 1, nodes * near)
    gathered = r.gather(2, neighbours.expand(batch, channels, -1)).reshape(batch, channels, nodes, near)
    y = (gathered - x.unsqueeze(-1)).max(-1).values
    (y * formula(3, y.shape)).sum().backward()
    return {
        "shape": shape, "references": references, "near": near, "output": flat(y), "by_nodes": flat(x.grad),
        "by_references": flat(r.grad),
    }  # fmt: skip


def nearest(shape, count):
    columns = formula(0, shape).topk(count, dim=-1, largest=False, sorted=True).indices
    return {"shape": shape, "count": count, "columns": columns.flatten().tolist()}


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
        convolution((2, 3, 5, 6), 3, 3, 1, 1, 1, 3),
        convolution((1, 2, 8, 9), 2, 7, 1, 3, 1, 2),
        convolution((1, 2, 9, 8), 2, 7, 2, 3, 1, 2),
        convolution((1, 3, 6, 5), 6, 3, 2, 1, 1, 3),
        convolution((1, 6, 5, 4), 3, 3, 1, 1, 1, 3),
        convolution((1, 16, 3, 4), 32, 1, 1, 0, 1, 4),
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
    layer_norms = [
        layer_norm((2, 3, 4, 5), 1e-5),
        layer_norm((1, 20, 3, 3), 1e-6),
        layer_norm((2, 7, 1, 2), 1e-5),
    ]
    relatives = [relative((2, 3, 5), 4, 2), relative((1, 5, 12), 12, 9), relative((2, 2, 9), 3, 3)]
    columns = [nearest((2, 3, 11), 11), nearest((1, 4, 49), 9)]
    kinds = {
        "convolutions": convolutions,
        "transposed": transposes,
        "resizes": resizes,
        "upsampled": upsampled_cases,
        "layer_norms": layer_norms,
        "relatives": relatives,
        "nearest": columns,
    }
    lists = [f'"{kind}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]" for kind, cases in kinds.items()]
    (HERE / "cases.json").write_text("{" + ",\n".join(lists) + "}\n")
    print(", ".join(f"{len(cases)} {kind}" for kind, cases in kinds.items()))


if __name__ == "__main__":
    main()
