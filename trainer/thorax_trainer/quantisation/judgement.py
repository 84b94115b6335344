"""Whether an eight-bit detector may stand in for the float one that it was made from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from thorax_trainer.boxes import intersection_over_union
from thorax_trainer.detection import Detections
from thorax_trainer.evaluation import IOU_THRESHOLD, interval_entry, rounded
from thorax_trainer.metrics.average_precision import average_precision
from thorax_trainer.metrics.bootstrap import Interval, bootstrap_interval
from thorax_trainer.metrics.matching import Matches, match_class

LEAST_FLOAT_AP = 0.1
"""Below this the float detector does not know what is on the images, and nothing that it could lose shows."""

SERVED_CONFIDENCE = 0.25
"""Detections that the serving configuration would show."""


@dataclass(frozen=True)
class Limits:
    """What a detector may lose. AP50 counts from 0 to 1."""

    max_ap_drop: float = 0.01
    """In the mean AP50, at the upper end of its 95 % interval: a small test set cannot pass by luck."""
    max_class_drop: float = 0.05
    """In the AP50 of any class. A point estimate: one box of thirty moves it by 0.03."""


def judge(
    before: list[Detections],
    after: list[Detections],
    truth: list[Detections],
    names: tuple[str, ...],
    limits: Limits,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Any]:
    """Compares the detections ``after`` quantisation with those ``before``, image by image. ``accepted`` says whether
    the limits hold, ``reasons`` where they do not. ``ValueError`` where the images cannot tell."""
    labels = range(len(names))
    one = [match_class(before, truth, label, IOU_THRESHOLD) for label in labels]
    other = [match_class(after, truth, label, IOU_THRESHOLD) for label in labels]
    if not any(matches.box_count for matches in one):
        raise ValueError("there is no box on these images: nothing can be judged on them")
    everything = list(range(len(truth)))
    if not _mean_ap(one, everything) >= LEAST_FLOAT_AP:
        raise ValueError(
            f"the float detector reaches a mean AP50 of {_mean_ap(one, everything):.3f} on these images, less than "
            f"{LEAST_FLOAT_AP}: they cannot show what quantisation loses"
        )

    def interval(statistic: Any) -> Interval:
        return bootstrap_interval(everything, statistic, resamples, seed)

    drop = interval(lambda indices: _mean_ap(one, indices) - _mean_ap(other, indices))
    classes = _classes(one, other, names)
    reasons = _reasons(drop, classes, limits)
    return {
        "accepted": not reasons,
        "reasons": reasons,
        "limits": asdict(limits),
        "images": len(truth),
        "boxes": sum(matches.box_count for matches in one),
        "iou_threshold": IOU_THRESHOLD,
        "interval": "95 % percentile bootstrap over images, the same images for both",
        "float_map50": interval_entry(interval(lambda indices: _mean_ap(one, indices))),
        "int8_map50": interval_entry(interval(lambda indices: _mean_ap(other, indices))),
        "map50_drop": interval_entry(drop),
        "classes": classes,
        "agreement": agreement(before, after),
    }


def agreement(before: list[Detections], after: list[Detections]) -> dict[str, Any]:
    """What becomes of the detections that would be served: how well box and score agree with the best counterpart (same
    class, IoU of 0.5 or more), and how many are served by one of the two detectors alone."""
    pairs: list[_Pair] = []
    lost = gained = served = 0
    for one, other in zip(before, after, strict=True):
        kept = _pairs(one, other)
        pairs += kept
        served += int((one.scores >= SERVED_CONFIDENCE).sum())
        lost += _served_alone(one, kept)
        gained += _served_alone(other, _pairs(other, one))
    overlaps = np.array([pair.overlap for pair in pairs])
    changes = np.array([pair.change for pair in pairs])
    return {
        "confidence": SERVED_CONFIDENCE,
        "served_by_float": served,
        "served_by_float_alone": lost,
        "served_by_int8_alone": gained,
        "mean_iou": _of(overlaps.mean) if pairs else None,
        "least_iou": _of(overlaps.min) if pairs else None,
        "mean_score_change": _of(changes.mean) if pairs else None,
        "mean_absolute_score_change": _of(np.abs(changes).mean) if pairs else None,
        "largest_score_change": _of(np.abs(changes).max) if pairs else None,
    }


@dataclass(frozen=True)
class _Pair:
    """A served detection and its counterpart."""

    overlap: float
    change: float
    """Score of the counterpart minus that of the detection."""
    is_served: bool
    """Whether the counterpart would be served too."""


def _pairs(one: Detections, other: Detections) -> list[_Pair]:
    """The served detections of ``one`` that have a counterpart in ``other``."""
    overlap = intersection_over_union(one.boxes, other.boxes)
    overlap = np.where(one.classes[:, None] == other.classes[None, :], overlap, 0)
    found = []
    for place in np.flatnonzero(one.scores >= SERVED_CONFIDENCE):
        if len(other) and overlap[place].max() >= IOU_THRESHOLD:
            best = int(overlap[place].argmax())
            score = float(other.scores[best])
            change = score - float(one.scores[place])
            found.append(_Pair(float(overlap[place, best]), change, score >= SERVED_CONFIDENCE))
    return found


def _served_alone(one: Detections, pairs: list[_Pair]) -> int:
    return int((one.scores >= SERVED_CONFIDENCE).sum()) - sum(pair.is_served for pair in pairs)


def _mean_ap(classes: list[Matches], indices: list[int]) -> float:
    return float(np.nanmean([average_precision(matches.resampled(indices)) for matches in classes]))


def _classes(one: list[Matches], other: list[Matches], names: tuple[str, ...]) -> dict[str, Any]:
    """Classes without a box are left out: they have no average precision."""
    entries = {}
    for name, before, after in zip(names, one, other, strict=True):
        if before.box_count:
            values = average_precision(before), average_precision(after)
            entries[name] = {
                "boxes": before.box_count,
                "float_ap50": rounded(values[0]),
                "int8_ap50": rounded(values[1]),
                "drop": rounded(values[0] - values[1]),
            }
    return entries


def _reasons(drop: Interval, classes: dict[str, Any], limits: Limits) -> list[str]:
    reasons = []
    if drop.high > limits.max_ap_drop:
        reasons.append(
            f"mean AP50 falls by {drop.value:.4f} (95 % {drop.low:.4f} to {drop.high:.4f}), "
            f"of which {limits.max_ap_drop} is allowed"
        )
    for name, entry in classes.items():
        if entry["drop"] > limits.max_class_drop:
            reasons.append(f"{name} loses {entry['drop']:.4f} of its AP50, of which {limits.max_class_drop} is allowed")
    return reasons


def _of(statistic: Any) -> float:
    return rounded(float(statistic()))
