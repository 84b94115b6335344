"""A dataset in YOLO layout, described by a ``data.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from thorax_trainer.boxes import Boxes
from thorax_trainer.data.labels import read_labels

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True)
class Sample:
    """One image and what is on it."""

    image: Path
    classes: NDArray[np.int64]
    boxes: Boxes
    """Corner boxes as fractions 0..1 of the image."""


@dataclass(frozen=True)
class Dataset:
    """Class names and the image folder of each split."""

    names: tuple[str, ...]
    folders: dict[str, Path]

    @staticmethod
    def open(description: Path) -> Dataset:
        """Reads ``data.yaml``: ``path`` (optional), ``train``, ``val``, ``test`` and ``names`` (list or map)."""
        content = yaml.safe_load(description.read_text("utf-8"))
        root = description.parent / content.get("path", ".")
        names = content["names"]
        if isinstance(names, dict):
            names = [names[index] for index in range(len(names))]
        folders = {split: root / content[split] for split in ("train", "val", "test") if content.get(split)}
        return Dataset(tuple(names), folders)

    def samples(self, split: str) -> list[Sample]:
        """All images of a split in file-name order, with their labels."""
        if split not in self.folders:
            raise ValueError(f"the dataset has no {split} split")
        images = sorted(path for path in self.folders[split].iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        return [Sample(image, *read_labels(image, len(self.names))) for image in images]
