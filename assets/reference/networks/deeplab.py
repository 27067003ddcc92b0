"""Stages, logits, gradients and running statistics of torchvision's DeepLabV3 without dropout; `generate.py` writes them.

Torchvision's networks have one width, 64. Narrower ones are its classes with fewer channels. An output stride of 16 is its ResNet
with one stride replaced by dilation instead of two, and with half the rates of the pyramid.

Parameters and image [2, 3, height, width] are those of `hashed.py`. `shapes` are those of the first case's state dict. Each case
contains, in evaluation mode (running mean 0, variance 1) and in training mode, `stages`, the mean and root mean square of the maps
of layer1 to layer4 and of the pyramid, and `logits`, every 499th number of each head; then, after the training pass, `running`, the
norm of each running statistic, and `gradients`, the norms of all parameters' gradients for the loss mean(logits * sin(0.7 k)) of
the first head plus half of that of the auxiliary head.
"""

import torch
from torch import nn
from torchvision.models import resnet, segmentation
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabHead, DeepLabV3
from torchvision.models.segmentation.fcn import FCNHead

from hashed import fill, image

BLOCKS = {"resnet50": [3, 4, 6, 3], "resnet101": [3, 4, 23, 3]}
RATES = {8: (12, 24, 36), 16: (6, 12, 18)}


class NarrowResNet(resnet.ResNet):
    """Torchvision's ResNet with a width other than 64."""

    def __init__(self, width, **settings):
        self.width = width
        super().__init__(resnet.Bottleneck, **settings)

    def _make_layer(self, block, planes, *arguments, **settings):
        if planes == 64:
            self.inplanes = self.width
            self.conv1 = nn.Conv2d(3, self.width, 7, stride=2, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(self.width)
        return super()._make_layer(block, planes * self.width // 64, *arguments, **settings)


def build(backbone, width, output_stride, classes, auxiliary):
    if width == 64 and output_stride == 8:
        builder = getattr(segmentation, f"deeplabv3_{backbone}")
        return builder(weights=None, weights_backbone=None, num_classes=classes, aux_loss=auxiliary)
    body = NarrowResNet(
        width, layers=BLOCKS[backbone], replace_stride_with_dilation=[False, output_stride == 8, True]
    )
    layers = {"layer4": "out", "layer3": "aux"} if auxiliary else {"layer4": "out"}
    head = DeepLabHead(32 * width, classes, RATES[output_stride])
    if width != 64:
        hidden = 4 * width
        head[0] = ASPP(32 * width, RATES[output_stride], hidden)
        head[1] = nn.Conv2d(hidden, hidden, 3, padding=1, bias=False)
        head[2] = nn.BatchNorm2d(hidden)
        head[4] = nn.Conv2d(hidden, classes, 1)
    return DeepLabV3(IntermediateLayerGetter(body, layers), head, FCNHead(16 * width, classes) if auxiliary else None)


def without_dropout(network):
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return network


def short(values):
    return [float(f"{value:.8g}") for value in values]


def forward_pass(network, images):
    """One forward pass: its record for the JSON file, and its logits."""
    stages = {}
    parts = {f"layer{stage}": network.backbone[f"layer{stage}"] for stage in range(1, 5)}
    parts["pyramid"] = network.classifier[0]
    hooks = [
        part.register_forward_hook(lambda _m, _i, out, name=name: stages.update({name: out.detach()}))
        for name, part in parts.items()
    ]
    outputs = list(network(images).values())
    for hook in hooks:
        hook.remove()
    record = {
        "stages": [short([float(m.mean()), float(m.square().mean().sqrt())]) for m in (stages[name] for name in parts)],
        "logits": [short(output.detach().flatten()[::499].tolist()) for output in outputs],
    }
    return record, outputs


def case(backbone, width, output_stride, size):
    network = without_dropout(build(backbone, width, output_stride, classes=3, auxiliary=True)).double()
    fill(network)
    shapes = {
        name: list(value.shape) for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")
    }
    images = image(0, 2, *size)
    with torch.no_grad():
        evaluation, _ = forward_pass(network.eval(), images)
    training, outputs = forward_pass(network.train(), images)
    seed = torch.sin(0.7 * torch.arange(outputs[0].numel(), dtype=torch.float64)).reshape(outputs[0].shape)
    sum(weight * (output * seed).mean() for output, weight in zip(outputs, [1, 0.5])).backward()
    running = {name: float(value.norm()) for name, value in network.state_dict().items() if ".running_" in name}
    gradients = {name: float(value.grad.norm()) for name, value in network.named_parameters()}
    whole = {"shapes": shapes} if width == 64 and output_stride == 8 else {}
    return whole | {
        "backbone": backbone,
        "width": width,
        "output_stride": output_stride,
        "size": size,
        "shapes": shapes,
        "evaluation": evaluation,
        "training": training,
        "running": dict(zip(running, short(running.values()))),
        "gradients": dict(zip(gradients, short(gradients.values()))),
    }


def cases():
    return [
        case("resnet50", 64, 8, [64, 64]),
        case("resnet50", 64, 16, [64, 64]),
        case("resnet50", 4, 8, [65, 49]),
        case("resnet50", 4, 16, [33, 70]),
        case("resnet101", 4, 16, [64, 64]),
    ]
