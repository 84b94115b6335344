"""Writing a detector as an ONNX file that describes itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

OPSET = 17


@dataclass(frozen=True)
class ExportedDetector:
    """A network that maps images ``[B, 3, S, S]`` to ``[B, 4 + classes, anchors]``."""

    network: nn.Module
    names: tuple[str, ...]
    image_size: int
    """Side in pixels of the images that the network was trained on."""


class _AtTrainedSize(nn.Module):
    """Takes larger input than the network was trained on: averages blocks of pixels on the way in and scales the
    boxes on the way out. Averaging whole blocks is what an area-interpolated resize does, so the network sees what it
    was trained on."""

    def __init__(self, network: nn.Module, factor: int) -> None:
        super().__init__()
        self.network = network
        self.factor = factor

    def forward(self, images: Tensor) -> Tensor:
        if self.factor > 1:
            images = functional.avg_pool2d(images, self.factor)
        output = self.network(images)
        return torch.cat([output[:, :4] * self.factor, output[:, 4:]], dim=1) if self.factor > 1 else output


def write_onnx(detector: ExportedDetector, destination: Path, input_size: int, version: str) -> None:
    """Exports with a dynamic batch and the metadata keys that YOLO serving tools read."""
    factor, rest = divmod(input_size, detector.image_size)
    if rest:
        raise ValueError(f"input size {input_size} is not a multiple of the trained size {detector.image_size}")
    wrapped = _AtTrainedSize(detector.network, factor).eval()
    # Two images: a batch of one would let the exporter fold the batch size away.
    example = torch.zeros(2, 3, input_size, input_size)
    with torch.no_grad():
        torch.onnx.export(
            wrapped,
            (example,),
            str(destination),
            opset_version=OPSET,
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes={"images": {0: "batch"}, "output0": {0: "batch"}},
            dynamo=False,
        )
    model = onnx.load(str(destination))
    # The exporter names what it cannot derive; only the batch is free in truth.
    with torch.no_grad():
        channels, anchors = wrapped(example).shape[1:]
    for axis, extent in ((1, channels), (2, anchors)):
        model.graph.output[0].type.tensor_type.shape.dim[axis].dim_value = extent
    properties = {
        "names": str(dict(enumerate(detector.names))),
        "imgsz": str([input_size, input_size]),
        "stride": "32",
        "task": "detect",
        "batch": "1",
        "channels": "3",
        "version": version,
        "license": "MIT",
        "author": "Thorax",
        "description": "YOLOv9 nano chest-radiograph detector; demonstration, not for clinical use",
        "network_size": str([detector.image_size, detector.image_size]),
    }
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    onnx.save(model, str(destination))
