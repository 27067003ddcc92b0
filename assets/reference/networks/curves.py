"""Losses of twenty AdamW steps from the same weights on the same batches; `generate.py` writes them.

Step s uses batch s mod 4 of four images, half of `hashed.image`, brightened by their labels: the label of pixel (row, column) of
image i is (row div 16 + column div 16 + i + batch) mod 3, and twice the label is added to the first channel. The loss is mean
cross-entropy, plus half that of the auxiliary head if there is one. AdamW has PyTorch's defaults, except for the learning rate and
weight decay below. Dropout is off.
"""

import torch
import torch.nn.functional as F

from hashed import fill, image

STEPS = 20
BATCHES = 4
IMAGES = 4
LEARNING_RATE = 3e-4
WEIGHT_DECAY = 1e-2


def batch(number, size):
    rows, columns = torch.arange(size)[:, None], torch.arange(size)[None, :]
    labels = torch.stack([(rows // 16 + columns // 16 + i + number) % 3 for i in range(IMAGES)])
    images = 0.5 * image(number, IMAGES, size, size)
    images[:, 0] += 2 * labels
    return images, labels


def curve(network, size):
    network = network.double().train()
    fill(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    losses = []
    for step in range(STEPS):
        images, labels = batch(step % BATCHES, size)
        outputs = network(images)
        outputs = list(outputs.values()) if isinstance(outputs, dict) else outputs
        loss = sum(weight * F.cross_entropy(output, labels) for output, weight in zip(outputs, [1, 0.5]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(f"{float(loss.detach()):.8g}"))
    return losses
