"""Random changes that leave the findings what they are.

No mirroring: the heart lies on one side, and a mirrored chest would be another (and very rare) anatomy.
No mosaic: where a finding lies in the chest says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from thorax_trainer.boxes import Boxes
from thorax_trainer.data.letterbox import PADDING, Image


@dataclass(frozen=True)
class Augmentation:
    """How far an image may be changed; every amount is drawn uniformly within its limit."""

    scale: float = 0.2
    """Zoom by 1 ± this."""
    translate: float = 0.08
    """Shift by ± this fraction of the square."""
    rotate: float = 4.0
    """Turn by ± this many degrees."""
    gamma: float = 0.35
    """Exponent exp(± this)."""
    contrast: float = 0.25
    """Contrast by 1 ± this."""
    brightness: float = 25.0
    """Brightness by ± this many gray levels of 255."""
    noise: float = 4.0
    """Up to this standard deviation of Gaussian noise, in gray levels."""
    smallest_visible: float = 0.4
    """A box goes when less than this fraction of it is left on the image."""

    def apply(
        self, image: Image, classes: NDArray[np.int64], boxes: Boxes, random: np.random.Generator
    ) -> tuple[Image, NDArray[np.int64], Boxes]:
        """Changes a square image and its corner boxes (both in pixels of the square)."""
        size = image.shape[0]
        zoom = 1 + random.uniform(-self.scale, self.scale)
        shift = random.uniform(-self.translate, self.translate, 2) * size
        angle = random.uniform(-self.rotate, self.rotate)
        matrix = np.asarray(cv2.getRotationMatrix2D((size / 2, size / 2), angle, zoom), dtype=np.float64)
        matrix[:, 2] += shift
        moved = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=(PADDING,))
        moved = self._develop(moved.astype(np.float32), random)
        kept, moved_boxes = self._move(boxes, matrix, size)
        return moved, classes[kept], moved_boxes

    def _develop(self, image: NDArray[np.float32], random: np.random.Generator) -> Image:
        """Another exposure of the same film."""
        fraction = image / 255
        fraction = fraction ** np.exp(random.uniform(-self.gamma, self.gamma))
        contrast = 1 + random.uniform(-self.contrast, self.contrast)
        gray = (fraction - 0.5) * contrast * 255 + 127.5 + random.uniform(-self.brightness, self.brightness)
        sigma = random.uniform(0, self.noise)
        gray += random.standard_normal(gray.shape, dtype=np.float32) * np.float32(sigma)
        return gray.clip(0, 255).astype(np.uint8)

    def _move(self, boxes: Boxes, matrix: NDArray[np.float64], size: int) -> tuple[NDArray[np.bool_], Boxes]:
        x = boxes[:, [0, 2, 2, 0]]
        y = boxes[:, [1, 1, 3, 3]]
        # A turned box encloses more than the finding: turn the mid-points of its sides instead of its corners.
        middle_x, middle_y = (x + np.roll(x, -1, axis=1)) / 2, (y + np.roll(y, -1, axis=1)) / 2
        moved_x = matrix[0, 0] * middle_x + matrix[0, 1] * middle_y + matrix[0, 2]
        moved_y = matrix[1, 0] * middle_x + matrix[1, 1] * middle_y + matrix[1, 2]
        moved = np.stack([moved_x.min(1), moved_y.min(1), moved_x.max(1), moved_y.max(1)], axis=1).reshape(-1, 4)
        visible = moved.clip(0, size)
        area = (moved[:, 2:] - moved[:, :2]).prod(axis=1)
        left = (visible[:, 2:] - visible[:, :2]).prod(axis=1)
        kept = left > self.smallest_visible * np.maximum(area, 1e-6)
        return kept, visible[kept].astype(np.float32)
