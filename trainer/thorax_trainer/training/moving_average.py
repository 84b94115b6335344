"""Exponential moving average of the weights: smoother, and better than the last step's weights."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn


class MovingAverage:
    """Follows a network. Young averages forget faster, so that the random start does not linger."""

    def __init__(self, network: nn.Module, decay: float = 0.998, ramp_steps: float = 400) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay
        self._ramp_steps = ramp_steps
        self._updates = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Moves the average towards the network's present weights."""
        self._updates += 1
        decay = self._decay * (1 - math.exp(-self._updates / self._ramp_steps))
        current = network.state_dict()
        for name, average in self.network.state_dict().items():
            if average.dtype.is_floating_point:
                average.lerp_(current[name].detach(), 1 - decay)
            else:
                average.copy_(current[name])
