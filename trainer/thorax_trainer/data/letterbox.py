"""Fitting an image into the square that the detector sees, the way the serving code does."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from thorax_trainer.boxes import Boxes

PADDING = 114
"""Gray level 0..255 of the border, the customary one of YOLO detectors."""

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Letterbox:
    """Scale and shift from image pixels to input pixels."""

    scale: float
    left: int
    top: int

    @staticmethod
    def fit(width: int, height: int, size: int) -> Letterbox:
        """Largest centred placement of a ``width`` × ``height`` image in a square of ``size`` pixels."""
        scale = size / max(width, height)
        # The small shift makes an odd remainder fall on the same side as in the common implementations.
        left = round((size - round(width * scale)) / 2 - 0.1)
        top = round((size - round(height * scale)) / 2 - 0.1)
        return Letterbox(scale, left, top)

    def restore(self, boxes: Boxes) -> Boxes:
        """Input-pixel corner boxes in pixels of the original image."""
        shift = np.array([self.left, self.top, self.left, self.top], dtype=np.float32)
        return ((boxes - shift) / np.float32(self.scale)).astype(np.float32)


def read_gray(path: str) -> Image:
    """An 8-bit gray image, rows × columns."""
    image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise ValueError(f"cannot decode {path}")
    return image.astype(np.uint8, copy=False)


def letterboxed(image: Image, size: int) -> tuple[Image, Letterbox]:
    """The image in a ``size`` × ``size`` square with gray borders, and the placement that was used."""
    height, width = image.shape
    placement = Letterbox.fit(width, height, size)
    fitted_width, fitted_height = round(width * placement.scale), round(height * placement.scale)
    interpolation = cv2.INTER_AREA if placement.scale < 1 else cv2.INTER_LINEAR
    if (fitted_width, fitted_height) != (width, height):
        image = cv2.resize(image, (fitted_width, fitted_height), interpolation=interpolation).astype(np.uint8)
    square = np.full((size, size), PADDING, dtype=np.uint8)
    square[placement.top : placement.top + fitted_height, placement.left : placement.left + fitted_width] = image
    return square, placement
