"""Free-response ROC: sensitivity against false positives per image, all classes taken as one finding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thorax_trainer.detection import Detections
from thorax_trainer.metrics.matching import Matches, match_class


def froc(
    matches: Matches, image_count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False positives per image and sensitivity (0..1) after each detection, best score first."""
    false_positives = np.cumsum(~matches.correct) / max(image_count, 1)
    sensitivity = np.cumsum(matches.correct) / max(matches.box_count, 1)
    return false_positives, sensitivity


SAME_MARK = 0.45
"""Detections of different classes that overlap more than this are one mark of the better score."""


def match_any_class(found: list[Detections], truth: list[Detections], iou_threshold: float) -> Matches:
    """Matches that do not compare classes: a box counts as found whatever the detector called it."""
    marks = [one.class_agnostic(SAME_MARK) for one in found]
    return match_class(marks, [one.of_one_class() for one in truth], 0, iou_threshold)


def sensitivity_at(matches: Matches, image_count: int, false_positives_per_image: float) -> float:
    """Highest sensitivity reached without exceeding the given false positives per image; NaN without any box."""
    if matches.box_count == 0:
        return float("nan")
    false_positives, sensitivity = froc(matches, image_count)
    allowed = false_positives <= false_positives_per_image
    return float(sensitivity[allowed].max()) if allowed.any() else 0.0
