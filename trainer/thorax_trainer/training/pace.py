"""How far a run is, by steps or by the clock, whichever is further."""

from __future__ import annotations

import math
import time


class Pace:
    """Progress of a run from 0 to 1. With a time budget the run finishes its schedule in time on a machine
    that turns out slower than planned, instead of being cut with a high learning rate."""

    def __init__(self, total_steps: int, budget_seconds: float | None) -> None:
        self._total_steps = max(total_steps, 1)
        self._budget_seconds = budget_seconds
        self._start = time.monotonic()
        self.step = 0

    @property
    def seconds(self) -> float:
        """Wall time since the start."""
        return time.monotonic() - self._start

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the run is over."""
        by_step = self.step / self._total_steps
        by_clock = self.seconds / self._budget_seconds if self._budget_seconds else 0.0
        return min(1.0, max(by_step, by_clock))


def learning_rate_factor(step: int, progress: float, warmup_steps: int, floor: float = 0.02) -> float:
    """Fraction of the peak learning rate: linear warm-up by steps, then a cosine down to ``floor``."""
    warmup = min(1.0, (step + 1) / max(warmup_steps, 1))
    return warmup * (floor + (1 - floor) * (1 + math.cos(math.pi * progress)) / 2)
