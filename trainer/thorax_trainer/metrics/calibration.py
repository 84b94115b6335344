"""Whether a score of 0.7 is right seven times in ten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thorax_trainer.metrics.matching import Matches


@dataclass(frozen=True)
class ReliabilityBin:
    """Detections whose scores lie in one tenth of the range."""

    low: float
    high: float
    count: int
    mean_score: float
    precision: float


def reliability(all_matches: list[Matches], lowest_score: float, bin_count: int = 10) -> list[ReliabilityBin]:
    """Pools the detections of all classes scoring at least ``lowest_score`` into equal bins, leaving out empty ones."""
    scores = np.concatenate([matches.scores for matches in all_matches])
    correct = np.concatenate([matches.correct for matches in all_matches])
    edges = np.linspace(0, 1, bin_count + 1)
    bins = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (scores >= max(low, lowest_score)) & ((scores < high) | (high == 1))
        if inside.any():
            mean, precision = float(scores[inside].mean()), float(correct[inside].mean())
            bins.append(ReliabilityBin(float(low), float(high), int(inside.sum()), mean, precision))
    return bins


def expected_calibration_error(bins: list[ReliabilityBin]) -> float:
    """Mean gap between score and precision, weighted by detections, 0..1."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.mean_score - one.precision) for one in bins) / max(total, 1)
