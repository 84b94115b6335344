"""Small images first: most of what a detector learns needs no full resolution, and half size costs a quarter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SizeSchedule:
    """Image sizes in pixels, each with the progress (0..1) of the run up to which it is used."""

    steps: tuple[tuple[int, float], ...]

    @staticmethod
    def parse(text: str) -> SizeSchedule:
        """``640`` is one size throughout; ``256:0.3,320:0.8,640:1`` grows."""
        steps = []
        for part in text.split(","):
            size, _, until = part.partition(":")
            steps.append((int(size), float(until or 1)))
        limits = [until for _, until in steps]
        if limits != sorted(limits) or limits[-1] != 1 or any(size <= 0 or size % 32 for size, _ in steps):
            raise ValueError(f"image sizes {text!r}: multiples of 32, ends rising to 1")
        return SizeSchedule(tuple(steps))

    def at(self, progress: float) -> int:
        """Size for a progress of 0..1."""
        return next((size for size, until in self.steps if progress < until), self.steps[-1][0])

    @property
    def final(self) -> int:
        """The size that the run ends with."""
        return self.steps[-1][0]
