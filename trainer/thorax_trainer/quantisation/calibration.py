"""The images from which the ranges of activations are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader

from thorax_trainer.data.dataset import IMAGE_SUFFIXES, Dataset
from thorax_trainer.data.letterbox import letterboxed, read_gray

LEAST_IMAGES = 8
"""Fewer would make the ranges those of single images."""


@dataclass(frozen=True)
class CalibrationSet:
    """Images in file-name order."""

    images: tuple[Path, ...]

    @staticmethod
    def choose(source: Path, count: int, seed: int) -> CalibrationSet:
        """``count`` images, or all where there are fewer, drawn from a folder or from the train split of a
        ``data.yaml``."""
        folder = source if source.is_dir() else Dataset.open(source).folders.get("train")
        if folder is None or not folder.is_dir():
            raise ValueError(f"{source}: neither a folder of images nor a data.yaml with a train split")
        images = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        if min(len(images), count) < LEAST_IMAGES:
            raise ValueError(
                f"{folder} has {len(images)} images and {count} are wanted: calibration needs {LEAST_IMAGES} or more"
            )
        if len(images) > count:
            drawn = np.random.default_rng(seed).choice(len(images), count, replace=False)
            images = [images[index] for index in sorted(drawn)]
        return CalibrationSet(tuple(images))

    def digests(self) -> list[str]:
        """SHA-256 of each file."""
        return [digest_of(path) for path in self.images]

    def sha256(self) -> str:
        """Of all files: the same images in the same order, whatever they are called."""
        return hashlib.sha256("\n".join(self.digests()).encode()).hexdigest()


class LetterboxedImages(CalibrationDataReader):  # type: ignore[misc]
    """Images as the detector is fed when it serves: gray, letterboxed, channels alike, 0..1."""

    def __init__(self, images: tuple[Path, ...], input_name: str, channels: int, size: tuple[int, int]) -> None:
        self._images = images
        self._input_name = input_name
        self._channels = channels
        self._size = size
        self._chosen = iter(images)

    def __len__(self) -> int:
        return len(self._images)

    def set_range(self, start_index: int, end_index: int) -> None:
        """Gives these next: the quantiser asks for a few at a time, because it holds their activations in memory."""
        self._chosen = iter(self._images[start_index:end_index])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next input, or nothing."""
        path = next(self._chosen, None)
        return None if path is None else {self._input_name: self.read(path)}

    def read_all(self) -> Iterator[NDArray[np.float32]]:
        """Every image as an input of batch 1."""
        return (self.read(path) for path in self._images)

    def read(self, path: Path) -> NDArray[np.float32]:
        """``[1, channels, H, W]``."""
        square, _ = letterboxed(read_gray(str(path)), self._size[0])
        return np.repeat(square[None, None].astype(np.float32) / 255, self._channels, axis=1)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
