"""A nano YOLOv9 from the MIT-licensed package ``libreyolo``: its network and its loss, our loop.

The package's own training command is not used because it may look for pretrained weights on the internet, mirrors
images and builds mosaics, all of which are wrong here; the network classes themselves never touch the network.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from libreyolo.models.yolo9.nn import YOLO9_CONFIGS, LibreYOLO9Model
from torch import Tensor, nn

from thorax_trainer.data.dataset import Dataset
from thorax_trainer.engines.onnx_file import ExportedDetector, write_onnx
from thorax_trainer.training import loop
from thorax_trainer.training.job import TrainingJob, TrainingResult

CONFIGURATION = "thorax-n"
"""YOLOv9-t with one bottleneck in each block instead of three, as the larger members of the family have it:
1.6 million parameters and a third less work, which a CPU-only training run turns into a third more epochs."""
YOLO9_CONFIGS[CONFIGURATION] = {**YOLO9_CONFIGS["t"], "repeat_num": 1}

BOX_WEIGHT, DFL_WEIGHT, CLASS_WEIGHT = 7.5, 1.5, 1.0
"""Classification counts twice what the package gives it: opacities that look alike are the hard part here."""

FOREGROUND_PRIOR = 0.003
"""Probability that a fresh network gives every class everywhere. The package starts at 0.00005, which costs a short
run several epochs to climb out of."""


class LibreYoloDetector:
    """A network with its loss."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network

    def losses(self, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """The package's task-aligned loss."""
        losses = self.network(images, targets=targets)
        return {"total": losses["total_loss"], "box": losses["box"], "class": losses["cls"], "dfl": losses["dfl"]}

    def predict(self, network: nn.Module, images: Tensor) -> Tensor:
        """Centre boxes in pixels of ``images`` and class probabilities."""
        return centred(network(images)["predictions"])


class LibreYoloEngine:
    """A nano YOLOv9, trained from random weights unless a checkpoint is given."""

    name = "libreyolo"

    def train(self, job: TrainingJob) -> TrainingResult:
        """Trains without any network access."""
        dataset = Dataset.open(job.data)
        torch.manual_seed(job.seed)
        network = _build(len(dataset.names))
        if job.weights:
            loaded = _load(job.weights)
            if tuple(loaded["names"]) != dataset.names:
                raise ValueError(f"{job.weights.name} was trained for other classes than those of {job.data.name}")
            network.load_state_dict(loaded["network"])

        def save(averaged: nn.Module, path: Path, image_size: int) -> None:
            content = {
                "engine": self.name,
                "names": list(dataset.names),
                "image_size": image_size,
                "network": averaged.state_dict(),
            }
            # Written beside and renamed, so that a run that is stopped never leaves half a checkpoint.
            partial = path.with_suffix(".partial")
            torch.save(content, partial)
            partial.replace(path)

        return loop.run(job, dataset, LibreYoloDetector(network), save)

    def export(
        self, checkpoint: Path, destination: Path, input_size: int, version: str, network_size: int | None = None
    ) -> None:
        """Writes the ONNX file with batch normalisation folded into the convolutions."""
        loaded = _load(checkpoint)
        network = _build(len(loaded["names"]))
        network.load_state_dict(loaded["network"])
        network.eval()
        network.fuse()
        network.head.export = True
        names = tuple(loaded["names"])
        size = network_size or loaded["image_size"]
        write_onnx(ExportedDetector(_Centred(network), names, size), destination, input_size, version)


class _Centred(nn.Module):
    """The package decodes to corners; the serving layout is centres."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return centred(self.network(images))


def centred(predictions: Tensor) -> Tensor:
    """``[B, 4 + classes, anchors]`` with corner boxes to the same with centre, width and height."""
    top_left, bottom_right, scores = predictions[:, :2], predictions[:, 2:4], predictions[:, 4:]
    return torch.cat([(top_left + bottom_right) / 2, bottom_right - top_left, scores], dim=1)


def _build(class_count: int) -> Any:
    network = LibreYOLO9Model(CONFIGURATION, nb_classes=class_count)
    for tower in network.head.cv3:
        tower[-1].bias.data.fill_(math.log(FOREGROUND_PRIOR / (1 - FOREGROUND_PRIOR)))
    loss = network.head._get_loss_fn(torch.device("cpu"))
    loss.box_weight, loss.dfl_weight, loss.cls_weight = BOX_WEIGHT, DFL_WEIGHT, CLASS_WEIGHT
    return network


def _load(checkpoint: Path) -> dict[str, Any]:
    # weights_only: a checkpoint must not be able to run code.
    return torch.load(checkpoint, map_location="cpu", weights_only=True)
