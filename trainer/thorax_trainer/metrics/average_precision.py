"""Average precision with COCO's 101 recall points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thorax_trainer.detection import Detections
from thorax_trainer.metrics.matching import Matches, match_class

RECALL_POINTS = np.linspace(0, 1, 101)


def precision_recall(matches: Matches) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall after each detection, best score first."""
    correct = np.cumsum(matches.correct)
    precision = correct / np.arange(1, len(correct) + 1)
    recall = correct / max(matches.box_count, 1)
    return precision, recall


def average_precision(matches: Matches) -> float:
    """0..1; NaN where there was nothing to find."""
    if matches.box_count == 0:
        return float("nan")
    if len(matches.scores) == 0:
        return 0.0
    precision, recall = precision_recall(matches)
    # Precision at a recall is the best one reached at that recall or any higher one.
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    position = np.searchsorted(recall, RECALL_POINTS, side="left")
    reached = position < len(envelope)
    return float(np.where(reached, envelope[np.minimum(position, len(envelope) - 1)], 0.0).mean())


def average_precisions(
    found: list[Detections], truth: list[Detections], class_count: int, iou_threshold: float = 0.5
) -> NDArray[np.float64]:
    """Average precision of each class; NaN for a class that is on no image."""
    return np.array(
        [average_precision(match_class(found, truth, label, iou_threshold)) for label in range(class_count)]
    )
