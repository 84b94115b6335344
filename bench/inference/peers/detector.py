"""What every Python peer does with an image: decode, letterbox, run, read the output, suppress. The same as Thorax."""

from __future__ import annotations

import ast
import io
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pydicom

CONFIDENCE = 0.25
OVERLAP = 0.45
PAD = 114

cv2.setNumThreads(1)


class Detector:
    """One model with one compute thread; may be called from several threads at once."""

    def __init__(self, model: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0]
        self._names: dict[int, str] = ast.literal_eval(self._session.get_modelmeta().custom_metadata_map["names"])
        self._side = int(self._input.shape[2])

    def detect(self, image: bytes) -> list[dict[str, Any]]:
        """Findings by falling confidence, boxes as fractions of the image."""
        gray = read_gray(image)
        tensor, scale, left, top = letterbox(gray, self._side)
        output = self._session.run(None, {self._input.name: tensor})[0][0]
        return self._findings(output, gray.shape[1::-1], scale, left, top)

    def _findings(self, output: np.ndarray, size: Any, scale: float, left: int, top: int) -> list[dict[str, Any]]:
        scores = output[4:]
        kind = scores.argmax(axis=0)
        best = scores[kind, np.arange(scores.shape[1])]
        likely = np.flatnonzero(best >= CONFIDENCE)
        centre, extent = output[:2, likely].T, output[2:4, likely].T
        corner = centre - extent / 2
        boxes, scores, kinds = np.concatenate([corner, extent], axis=1), best[likely], kind[likely].tolist()
        kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), scores.tolist(), kinds, CONFIDENCE, OVERLAP)
        pad, whole, findings = np.array([left, top]), np.array(size), []
        for index in kept:
            first = ((corner[index] - pad) / scale / whole).clip(0, 1)
            last = ((corner[index] + extent[index] - pad) / scale / whole).clip(0, 1)
            box = [*first.tolist(), *last.tolist()]
            findings.append({"class": self._names[kinds[index]], "confidence": float(scores[index]), "bbox": box})
        return findings


def read_gray(image: bytes) -> np.ndarray:
    """Eight-bit gray levels of a JPEG, PNG or DICOM file."""
    if image[128:132] != b"DICM":
        return cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
    file = pydicom.dcmread(io.BytesIO(image))
    # One look-up a pixel; pydicom's own windowing works on doubles and takes far longer.
    stored = np.arange(2**file.BitsStored) * float(file.RescaleSlope) + float(file.RescaleIntercept)
    window = (stored - (float(file.WindowCenter) - 0.5)) / (float(file.WindowWidth) - 1) + 0.5
    levels = (window.clip(0, 1) * 255).round().astype(np.uint8)
    if file.PhotometricInterpretation == "MONOCHROME1":
        levels = 255 - levels
    return levels[file.pixel_array]


def letterbox(gray: np.ndarray, side: int) -> tuple[np.ndarray, float, int, int]:
    """The image at the model's size on gray, as [1, 3, side, side] of 0..1; with its scale and place."""
    height, width = gray.shape
    scale = min(side / height, side / width)
    inner = (round(width * scale), round(height * scale))
    left, top = round((side - inner[0]) / 2 - 0.1), round((side - inner[1]) / 2 - 0.1)
    placed = np.full((side, side), PAD, np.uint8)
    placed[top : top + inner[1], left : left + inner[0]] = cv2.resize(gray, inner, interpolation=cv2.INTER_LINEAR)
    unit = placed.astype(np.float32) * np.float32(1 / 255)
    return np.broadcast_to(unit, (1, 3, side, side)).copy(), scale, left, top
