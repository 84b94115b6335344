"""Judges an exported detector on labelled images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from thorax_trainer.detection import Detections
from thorax_trainer.metrics.average_precision import average_precision
from thorax_trainer.metrics.bootstrap import bootstrap_interval
from thorax_trainer.metrics.calibration import expected_calibration_error, reliability
from thorax_trainer.metrics.froc import match_any_class, sensitivity_at
from thorax_trainer.metrics.matching import Matches, match_class
from thorax_trainer.metrics.thresholds import best_f1

IOU_THRESHOLD = 0.5
LOWEST_THRESHOLD = 0.15
"""No recommended threshold lies below this: where classes separate perfectly on few boxes, the best F1 is reached at
almost any threshold, and the lowest of them would let in the noise of less tidy images."""

LOWEST_CALIBRATED_SCORE = 0.05
"""Scores below this are noise floor, and so many that they would drown the calibration error."""


def per_class_report(
    found: list[Detections],
    truth: list[Detections],
    names: tuple[str, ...],
    thresholds: dict[str, float] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """AP50 of each class and their mean with a bootstrap interval (images resampled), at ``thresholds`` also precision
    and recall of each class, and the calibration of all scores."""
    all_matches = [match_class(found, truth, label, IOU_THRESHOLD) for label in range(len(names))]
    classes: dict[str, Any] = {}
    for name, matches in zip(names, all_matches, strict=True):
        entry: dict[str, Any] = {"boxes": matches.box_count, "ap50": rounded(average_precision(matches))}
        if thresholds and name in thresholds:
            passed = matches.scores >= thresholds[name]
            correct = int(matches.correct[passed].sum())
            entry["threshold"] = thresholds[name]
            entry["precision"] = rounded(correct / max(int(passed.sum()), 1))
            entry["recall"] = rounded(correct / max(matches.box_count, 1))
        classes[name] = entry

    def mean_ap(indices: list[int]) -> float:
        return float(np.nanmean([average_precision(matches.resampled(indices)) for matches in all_matches]))

    interval = bootstrap_interval(range(len(found)), mean_ap, resamples, seed)
    bins = reliability(all_matches, LOWEST_CALIBRATED_SCORE)
    return {
        "images": len(found),
        "boxes": sum(matches.box_count for matches in all_matches),
        "iou_threshold": IOU_THRESHOLD,
        "map50": interval_entry(interval),
        "classes": classes,
        "calibration": {
            "lowest_score": LOWEST_CALIBRATED_SCORE,
            "expected_calibration_error": rounded(expected_calibration_error(bins)),
            "bins": [{key: rounded(value) for key, value in asdict(one).items()} for one in bins],
        },
    }


def recommended_thresholds(
    found: list[Detections], truth: list[Detections], names: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Per class the threshold with the highest F1 (but see ``LOWEST_THRESHOLD``), with what that point gives on these
    images."""
    points = {}
    for label, name in enumerate(names):
        point = best_f1(match_class(found, truth, label, IOU_THRESHOLD))
        if point:
            entry = asdict(point)
            entry["threshold"] = max(point.threshold, LOWEST_THRESHOLD)
            points[name] = {key: rounded(value) for key, value in entry.items()}
    return points


def class_agnostic_report(
    found: list[Detections],
    truth: list[Detections],
    patients: Sequence[str],
    iou_thresholds: Sequence[float] = (0.5, 0.3),
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Any]:
    """AP and sensitivity at 1 false positive per image, whatever the class, with patient-level intervals. Marks of
    different classes on one spot count as one."""
    report: dict[str, Any] = {
        "images": len(found),
        "images_with_boxes": sum(1 for one in truth if len(one)),
        "patients": len(set(patients)),
        "boxes": sum(len(one) for one in truth),
        "interval": "95 % percentile bootstrap over patients",
    }
    for iou in iou_thresholds:
        matches = match_any_class(found, truth, iou)

        def ap(indices: list[int], matches: Matches = matches) -> float:
            return average_precision(matches.resampled(indices))

        def sensitivity(indices: list[int], matches: Matches = matches) -> float:
            return sensitivity_at(matches.resampled(indices), len(indices), 1.0)

        report[f"iou_{iou}"] = {
            "class_agnostic_ap": interval_entry(bootstrap_interval(patients, ap, resamples, seed)),
            "sensitivity_at_1_false_positive_per_image": interval_entry(
                bootstrap_interval(patients, sensitivity, resamples, seed)
            ),
        }
    return report


def interval_entry(interval: Any) -> dict[str, float]:
    """An interval as rounded numbers."""
    return {key: rounded(value) for key, value in asdict(interval).items()}


def rounded(value: float) -> float:
    """Four decimals: more would claim precision that a few hundred images do not have."""
    return round(value, 4) if isinstance(value, float) else value
