"""Operating points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thorax_trainer.metrics.average_precision import precision_recall
from thorax_trainer.metrics.matching import Matches


@dataclass(frozen=True)
class OperatingPoint:
    """A score threshold and what it gives; a detection counts when its score is at least the threshold."""

    threshold: float
    precision: float
    recall: float
    f1: float


def best_f1(matches: Matches) -> OperatingPoint | None:
    """The threshold with the highest F1, half-way to the next lower score so that rounding cannot cross it."""
    if matches.box_count == 0 or not matches.correct.any():
        return None
    precision, recall = precision_recall(matches)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    # Detections with equal scores pass or fail together, so only the last of them is a possible cut.
    last_of_score = np.append(matches.scores[1:] < matches.scores[:-1], True)
    best = int(np.where(last_of_score, f1, -1).argmax())
    lower = float(matches.scores[best + 1]) if best + 1 < len(matches.scores) else 0.0
    threshold = (float(matches.scores[best]) + lower) / 2
    return OperatingPoint(threshold, float(precision[best]), float(recall[best]), float(f1[best]))
