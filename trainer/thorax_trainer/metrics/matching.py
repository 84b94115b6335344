"""Which detection found which box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thorax_trainer.boxes import intersection_over_union
from thorax_trainer.detection import Detections


@dataclass(frozen=True)
class Matches:
    """All detections of one class on a set of images, best score first."""

    scores: NDArray[np.float32]
    correct: NDArray[np.bool_]
    """Whether a detection found a box that no better-scored detection had found."""
    images: NDArray[np.int64]
    """Index of the image of each detection."""
    boxes_per_image: NDArray[np.int64]
    """Boxes that were there to find, for each image."""

    @property
    def box_count(self) -> int:
        """Boxes that were there to find."""
        return int(self.boxes_per_image.sum())

    def resampled(self, indices: list[int]) -> Matches:
        """The matches on the images with these indices, each as often as it is named. Matching happens within an
        image, so a bootstrap need not repeat it."""
        times = np.bincount(indices, minlength=len(self.boxes_per_image))
        chosen = np.repeat(np.arange(len(self.scores)), times[self.images])
        return Matches(self.scores[chosen], self.correct[chosen], self.images[chosen], self.boxes_per_image * times)


def match_image(found: Detections, truth: Detections, iou_threshold: float) -> NDArray[np.bool_]:
    """For each detection (in the given order) whether it is correct. Greedy by score, as COCO does:
    a detection takes the free box of its class that it overlaps most, by at least the threshold."""
    correct = np.zeros(len(found), dtype=bool)
    free = np.ones(len(truth), dtype=bool)
    overlap = intersection_over_union(found.boxes, truth.boxes)
    for index in np.argsort(-found.scores, kind="stable"):
        candidates = np.where(free & (truth.classes == found.classes[index]), overlap[index], -1.0)
        if candidates.size == 0:
            continue
        best = int(candidates.argmax())
        if candidates[best] >= iou_threshold:
            correct[index] = True
            free[best] = False
    return correct


def match_class(found: list[Detections], truth: list[Detections], label: int, iou_threshold: float) -> Matches:
    """Matches one class over all images (``found[i]`` and ``truth[i]`` belong to the same image)."""
    scores: list[NDArray[np.float32]] = []
    correct: list[NDArray[np.bool_]] = []
    images: list[NDArray[np.int64]] = []
    counts = np.zeros(len(truth), dtype=np.int64)
    for index, (detections, boxes) in enumerate(zip(found, truth, strict=True)):
        chosen = detections.classes == label
        wanted = boxes.classes == label
        counts[index] = wanted.sum()
        mine = Detections(detections.boxes[chosen], detections.scores[chosen], detections.classes[chosen])
        theirs = Detections(boxes.boxes[wanted], boxes.scores[wanted], boxes.classes[wanted])
        scores.append(mine.scores)
        correct.append(match_image(mine, theirs, iou_threshold))
        images.append(np.full(len(mine), index, dtype=np.int64))
    if not scores:
        return Matches(np.empty(0, np.float32), np.empty(0, bool), np.empty(0, np.int64), counts)
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")
    return Matches(all_scores[order], np.concatenate(correct)[order], np.concatenate(images)[order], counts)
