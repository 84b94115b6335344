"""YOLO text labels: one ``class centre_x centre_y width height`` line a box, as fractions of the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thorax_trainer.boxes import Boxes, corners_from_centres


class LabelError(ValueError):
    """A label file that cannot be trusted; the message names the line."""


def parse_labels(text: str, class_count: int) -> tuple[NDArray[np.int64], Boxes]:
    """Classes and corner boxes (fractions 0..1 of the image). Boxes reaching over the edge are cut at it."""
    classes: list[int] = []
    centres: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 5:
            raise LabelError(f"line {number}: expected 5 fields, got {len(fields)}")
        try:
            label, box = int(fields[0]), [float(field) for field in fields[1:]]
        except ValueError as error:
            raise LabelError(f"line {number}: {error}") from error
        if not 0 <= label < class_count:
            raise LabelError(f"line {number}: class {label} is not within 0..{class_count - 1}")
        if not np.isfinite(box).all() or box[2] <= 0 or box[3] <= 0:
            raise LabelError(f"line {number}: the box has no area")
        classes.append(label)
        centres.append(box)
    boxes = corners_from_centres(np.asarray(centres, dtype=np.float32).reshape(-1, 4)).clip(0, 1)
    return np.asarray(classes, dtype=np.int64), boxes


def label_path(image: Path) -> Path:
    """``…/images/train/a.png`` has its labels in ``…/labels/train/a.txt``."""
    parts = list(image.parts)
    last = len(parts) - 1 - parts[::-1].index("images")
    parts[last] = "labels"
    return Path(*parts).with_suffix(".txt")


def read_labels(image: Path, class_count: int) -> tuple[NDArray[np.int64], Boxes]:
    """Labels of one image. A missing file is an error: only an empty one says that nothing is there."""
    path = label_path(image)
    try:
        return parse_labels(path.read_text("utf-8"), class_count)
    except FileNotFoundError as error:
        raise LabelError(f"{path.name}: no label file; an image without findings needs an empty one") from error
    except LabelError as error:
        raise LabelError(f"{path.name}: {error}") from error
