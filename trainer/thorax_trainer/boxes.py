"""Axis-aligned boxes as ``[x_min, y_min, x_max, y_max]`` rows in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]


def corners_from_centres(centres: Boxes) -> Boxes:
    """Turns ``[centre_x, centre_y, width, height]`` rows into corner rows, in the same unit."""
    half = centres[:, 2:4] / 2
    return np.concatenate([centres[:, :2] - half, centres[:, :2] + half], axis=1).astype(np.float32)


def intersection_over_union(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Pairwise IoU, 0..1: one row for each box of ``first``, one column for each of ``second``."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    area_first = np.clip(first[:, 2:] - first[:, :2], 0, None).prod(axis=1)
    area_second = np.clip(second[:, 2:] - second[:, :2], 0, None).prod(axis=1)
    union = area_first[:, None] + area_second[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0).astype(np.float32)


def non_maximum_suppression(boxes: Boxes, scores: NDArray[np.float32], iou_threshold: float) -> NDArray[np.int64]:
    """Indices of the boxes to keep, best score first; a box overlapping a kept one by more than the threshold goes."""
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = intersection_over_union(boxes[best : best + 1], boxes[rest])[0]
        order = rest[overlap <= iou_threshold]
    return np.asarray(kept, dtype=np.int64)
