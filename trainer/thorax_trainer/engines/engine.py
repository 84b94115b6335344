"""The port that a detector implementation fills."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from thorax_trainer.training.job import TrainingJob, TrainingResult


class Engine(Protocol):
    """Trains one family of detectors and exports it in the layout that the serving code reads."""

    name: str

    def train(self, job: TrainingJob) -> TrainingResult:
        """Trains without any network access."""
        ...

    def export(
        self, checkpoint: Path, destination: Path, input_size: int, version: str, network_size: int | None = None
    ) -> None:
        """Writes an ONNX file: input ``images`` float32 ``[B, 3, S, S]`` RGB 0..1, output ``output0``
        ``[B, 4 + classes, anchors]`` with centre boxes in input pixels and class probabilities, no suppression.
        ``network_size`` overrides the image size in pixels that the checkpoint was last trained on."""
        ...


def open_engine(name: str) -> Engine:
    """The engine of that name. Imported only when asked for: an engine may need packages that another does not."""
    if name == "libreyolo":
        from thorax_trainer.engines.libreyolo import LibreYoloEngine

        return LibreYoloEngine()
    raise ValueError(f"unknown engine {name!r}; known: libreyolo")
