"""Batches of augmented images, kept in memory at the size in use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from thorax_trainer.boxes import Boxes
from thorax_trainer.data.augmentation import Augmentation
from thorax_trainer.data.dataset import Sample
from thorax_trainer.data.letterbox import Image, Letterbox, letterboxed, read_gray


class ImageFeed:
    """Holds the images of a split as 8-bit gray squares: 2,000 of 640 × 640 take 0.8 GB."""

    def __init__(self, samples: list[Sample], repeats: list[int], seed: int, augmentation: Augmentation | None) -> None:
        self._samples = samples
        self._repeats = repeats
        self._augmentation = augmentation
        self._random = np.random.default_rng(seed)
        self._size = 0
        self._images: list[Image] = []
        self._boxes: list[Boxes] = []

    def resize(self, size: int) -> None:
        """Prepares all images as squares of ``size`` pixels."""
        if size == self._size:
            return
        self._size, self._images, self._boxes = size, [], []
        for sample in self._samples:
            original = read_gray(str(sample.image))
            image, placement = letterboxed(original, size)
            self._images.append(image)
            self._boxes.append(_placed(sample.boxes, original, placement))

    def epoch(self, batch_size: int, empty_share: float) -> Iterator[tuple[Tensor, Tensor]]:
        """Shuffled batches: images ``[B, 3, S, S]`` RGB 0..1 and targets ``[B, most, 5]`` as (class, corners 0..1)."""
        order = self._draw(empty_share)
        # The last, smaller batch is left out: batch normalisation on one or two images is noise.
        for start in range(0, len(order) - batch_size + 1, batch_size):
            yield self._batch(order[start : start + batch_size])

    def steps_per_epoch(self, batch_size: int, empty_share: float) -> int:
        """Batches that ``epoch`` yields."""
        return len(self._draw(empty_share)) // batch_size

    def _draw(self, empty_share: float) -> NDArray[np.int64]:
        chosen: list[int] = []
        empty: list[int] = []
        for index, (sample, repeat) in enumerate(zip(self._samples, self._repeats, strict=True)):
            # A repeated image is one that the caller asked for by name: thinning does not touch it.
            (empty if len(sample.classes) == 0 and repeat == 1 else chosen).extend([index] * repeat)
        kept = self._random.permutation(len(empty))[: round(empty_share * len(empty))]
        chosen.extend(empty[position] for position in kept)
        return self._random.permutation(np.asarray(chosen, dtype=np.int64))

    def _batch(self, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        images: list[Image] = []
        labels: list[tuple[NDArray[np.int64], Boxes]] = []
        for index in indices:
            image, classes, boxes = self._images[index], self._samples[index].classes, self._boxes[index]
            if self._augmentation:
                image, classes, boxes = self._augmentation.apply(image, classes, boxes, self._random)
            images.append(image)
            labels.append((classes, boxes / self._size))
        most = max(1, max(len(classes) for classes, _ in labels))
        # Rows of zeros are padding: a box without area is assigned to no anchor.
        targets = torch.zeros(len(labels), most, 5)
        for row, (classes, boxes) in enumerate(labels):
            targets[row, : len(classes), 0] = torch.from_numpy(classes.astype(np.float32))
            targets[row, : len(classes), 1:] = torch.from_numpy(np.ascontiguousarray(boxes, dtype=np.float32))
        return rgb_batch(images), targets


def rgb_batch(images: list[Image]) -> Tensor:
    """Gray squares as ``[B, 3, S, S]`` RGB 0..1, in the memory layout that CPU convolutions prefer."""
    gray = torch.from_numpy(np.stack(images)).float().div_(255)
    return gray[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def _placed(fractions: Boxes, original: Image, placement: Letterbox) -> Boxes:
    height, width = original.shape
    pixels = fractions * np.array([width, height, width, height], dtype=np.float32) * np.float32(placement.scale)
    return pixels + np.array([placement.left, placement.top] * 2, dtype=np.float32)
