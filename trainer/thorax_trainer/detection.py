"""From raw network output to detections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thorax_trainer.boxes import Boxes, corners_from_centres, non_maximum_suppression
from thorax_trainer.data.dataset import Sample


@dataclass(frozen=True)
class Detections:
    """What was found on one image, or what a reader drew (then every score is 1)."""

    boxes: Boxes
    """``[x_min, y_min, x_max, y_max]`` in pixels of the original image."""
    scores: NDArray[np.float32]
    """0..1."""
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)

    def class_agnostic(self, iou_threshold: float) -> Detections:
        """All of one class. Two classes named on one spot are one mark, so suppression runs again across classes."""
        kept = non_maximum_suppression(self.boxes, self.scores, iou_threshold)
        return Detections(self.boxes[kept], self.scores[kept], np.zeros_like(self.classes[kept]))

    def of_one_class(self) -> Detections:
        """The same boxes, all of one class: for what readers drew, where every box stays."""
        return Detections(self.boxes, self.scores, np.zeros_like(self.classes))


def decode(
    output: NDArray[np.float32],
    confidence_threshold: float,
    iou_threshold: float,
    max_detections: int = 100,
    max_candidates: int = 1000,
) -> Detections:
    """Reads one image's ``[4 + classes, anchors]`` output (centre boxes in input pixels, then class probabilities).

    Every (anchor, class) pair above ``confidence_threshold`` is a candidate; suppression runs within a class.
    """
    centres, probabilities = output[:4].T, output[4:].T
    anchors, classes = np.nonzero(probabilities > confidence_threshold)
    scores = probabilities[anchors, classes]
    if scores.size > max_candidates:
        top = np.argpartition(-scores, max_candidates)[:max_candidates]
        anchors, classes, scores = anchors[top], classes[top], scores[top]
    boxes = corners_from_centres(centres[anchors])
    # One suppression for all classes: shifting each class to its own plane keeps classes from meeting.
    plane = (classes[:, None] * 4096).astype(np.float32)
    kept = non_maximum_suppression(boxes + plane, scores, iou_threshold)[:max_detections]
    return Detections(boxes[kept], scores[kept].astype(np.float32), classes[kept].astype(np.int64))


def drawn(sample: Sample, width: int, height: int) -> Detections:
    """The labels of a sample in pixels of its image."""
    pixels = sample.boxes * np.array([width, height, width, height], dtype=np.float32)
    return Detections(pixels, np.ones(len(pixels), np.float32), sample.classes)
