"""Runs an exported detector, so that what is judged is the file that will be served."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import onnxruntime

from thorax_trainer.data.dataset import Sample
from thorax_trainer.data.letterbox import letterboxed, read_gray
from thorax_trainer.detection import Detections, decode, drawn

LOWEST_CONFIDENCE = 0.005
"""Detections below this are not looked at; average precision needs a long tail of scores."""

EVALUATION_IOU = 0.45
"""Suppression threshold, the one that the serving configuration recommends."""


class OnnxDetector:
    """A detector file on the CPU."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.names: tuple[str, ...] = tuple(ast.literal_eval(metadata["names"]).values())
        self._size = int(self._session.get_inputs()[0].shape[2])

    def detect(self, sample: Sample) -> tuple[Detections, Detections]:
        """What the detector finds on an image, and what is labelled on it; both in pixels of the image."""
        original = read_gray(str(sample.image))
        square, placement = letterboxed(original, self._size)
        images = np.repeat(square[None, None].astype(np.float32) / 255, 3, axis=1)
        output = self._session.run(None, {"images": images})[0][0]
        found = decode(np.asarray(output), LOWEST_CONFIDENCE, EVALUATION_IOU)
        restored = Detections(placement.restore(found.boxes), found.scores, found.classes)
        return restored, drawn(sample, original.shape[1], original.shape[0])

    def detect_all(self, samples: list[Sample]) -> tuple[list[Detections], list[Detections]]:
        """``detect`` for many images."""
        pairs = [self.detect(sample) for sample in samples]
        return [found for found, _ in pairs], [truth for _, truth in pairs]
