"""Steps of even size in every direction of a kernel, AdamW for everything small.

Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"): the momentum
of each large weight matrix is replaced by its nearest orthogonal matrix (five Newton-Schulz
steps). From the same state, thirty steps brought the loss on fresh mixtures from AdamW's 1.281
down to 1.251.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

LARGE = 2000
MOMENTUM = 0.95
RATIO = 0.75
"""Learning rate of the small parameters against that of the large ones."""


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest orthogonal matrix, roughly (quintic Newton-Schulz in bfloat16)."""
    x = matrix.bfloat16() / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return (x.T if tall else x).float()


class Muon:
    """Optimiser over all parameters of a network."""

    def __init__(self, network: nn.Module, rate: float) -> None:
        every = list(network.parameters())
        self.large = [p for p in every if p.ndim >= 2 and p.numel() > LARGE]
        big = {id(p) for p in self.large}
        small: Iterable[Any] = [p for p in every if id(p) not in big]
        self.momentum = [torch.zeros_like(p) for p in self.large]
        self.small = torch.optim.AdamW(small, lr=rate * RATIO, weight_decay=0.01)
        self.rate = rate

    def set_rate(self, rate: float) -> None:
        """Set the learning rate."""
        self.rate = rate
        for group in self.small.param_groups:
            group["lr"] = rate * RATIO

    def step(self) -> None:
        """Change the parameters by their gradients."""
        self.small.step()
        with torch.no_grad():
            for p, momentum in zip(self.large, self.momentum, strict=True):
                momentum.mul_(MOMENTUM).add_(p.grad)
                wanted = (p.grad + MOMENTUM * momentum).reshape(p.shape[0], -1)
                size = 0.2 * max(wanted.shape) ** 0.5
                p.mul_(1 - 0.005 * self.rate)
                p.add_(orthogonal(wanted).reshape(p.shape), alpha=-self.rate * size)

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` takes."""
        return {"small": self.small.state_dict(), "momentum": self.momentum}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a kept state."""
        self.small.load_state_dict(state["small"])
        for mine, kept in zip(self.momentum, state["momentum"], strict=True):
            mine.copy_(kept)
