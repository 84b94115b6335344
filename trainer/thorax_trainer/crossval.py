"""Cross-validation on few real images: fine-tune on all patients but some, judge on those."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from thorax_trainer.data.dataset import Dataset, Sample
from thorax_trainer.data.nih_cxr import patients_of
from thorax_trainer.data.splits import grouped_folds
from thorax_trainer.detection import Detections
from thorax_trainer.engines.engine import Engine
from thorax_trainer.evaluation import class_agnostic_report
from thorax_trainer.onnx_detector import OnnxDetector
from thorax_trainer.training.job import TrainingJob


@dataclasses.dataclass(frozen=True)
class Predictions:
    """Out-of-fold detections: no image was seen, nor its patient, by the model that judged it."""

    found: list[Detections]
    truth: list[Detections]
    patients: list[str]


def cross_validate(engine: Engine, job: TrainingJob, real: Path, fold_count: int, input_size: int) -> Predictions:
    """Fine-tunes ``job`` once a fold, with the real images of the other folds mixed in.

    ``real`` is the ``data.yaml`` of the real images, with ``patients.csv`` beside it.
    """
    dataset = Dataset.open(real)
    samples = dataset.samples("train")
    patients = patients_of(real.parent)
    groups = [patients[sample.image.name] for sample in samples]
    folds = grouped_folds(groups, [len(sample.classes) + 1 for sample in samples], fold_count, job.seed)
    found: dict[int, Detections] = {}
    truth: dict[int, Detections] = {}
    for number, fold in enumerate(folds):
        output = job.output / f"fold-{number}"
        held_out = {groups[index] for index in fold}
        seen = [sample for sample, group in zip(samples, groups, strict=True) if group not in held_out]
        model = output / "model.onnx"
        # A fold that an earlier, interrupted run has finished is not trained again: the same seed makes the same folds.
        if not model.exists():
            description = _write_fold(output, seen, dataset.names)
            engine.train(dataclasses.replace(job, output=output, also=(description,)))
            engine.export(output / "last.pt", model, input_size, "fold")
        detector = OnnxDetector(model)
        for index in fold:
            found[index], truth[index] = detector.detect(samples[index])
    order = range(len(samples))
    return Predictions([found[index] for index in order], [truth[index] for index in order], groups)


def judge(model: Path, real: Path) -> Predictions:
    """Detections of one model on all the real images, for comparison: the caller says whether it has seen them."""
    samples = Dataset.open(real).samples("train")
    patients = patients_of(real.parent)
    found, truth = OnnxDetector(model).detect_all(samples)
    return Predictions(found, truth, [patients[sample.image.name] for sample in samples])


def report(predictions: Predictions) -> dict[str, Any]:
    """Class-agnostic figures with patient-level intervals."""
    return class_agnostic_report(predictions.found, predictions.truth, predictions.patients)


def _write_fold(output: Path, seen: list[Sample], names: tuple[str, ...]) -> Path:
    """A dataset of links to the images that a fold may learn from."""
    for sample in seen:
        label = sample.image.parents[2] / "labels" / sample.image.parent.name / sample.image.with_suffix(".txt").name
        for kind, original in (("images", sample.image), ("labels", label)):
            link = output / kind / "train" / original.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(original.resolve())
    description = output / "data.yaml"
    content = {"path": ".", "train": "images/train", "names": dict(enumerate(names))}
    description.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return description
