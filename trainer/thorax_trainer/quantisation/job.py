"""Quantise, judge, and let only an accepted file have its name."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thorax_trainer.data.dataset import Dataset
from thorax_trainer.onnx_detector import OnnxDetector
from thorax_trainer.quantisation.calibration import CalibrationSet, digest_of
from thorax_trainer.quantisation.judgement import Limits, judge
from thorax_trainer.quantisation.quantiser import Quantisation, fidelity, quantise
from thorax_trainer.quantisation.report import render

FIDELITY_IMAGES = 8


@dataclass(frozen=True)
class QuantisationJob:
    """What to quantise and on what to judge it."""

    model: Path
    output: Path
    """Where an accepted file goes. A rejected one is left beside it, as ``NAME.rejected.onnx``."""
    report: Path
    """Folder for quantisation.json and quantisation.md."""
    how: Quantisation
    data: Path | None
    """data.yaml with labelled images that calibration has not seen; without it nothing is judged."""
    split: str = "test"
    limits: Limits = field(default_factory=Limits)
    resamples: int = 2000
    seed: int = 0


def run(job: QuantisationJob) -> dict[str, Any]:
    """The content of quantisation.json. An existing file at ``output`` is replaced only by an accepted one."""
    if job.data:
        _refuse_shared_images(job.how.calibration, job.data, job.split)
    job.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".quantisation-", dir=job.output.parent) as folder:
        made = Path(folder) / "model.onnx"
        facts = quantise(job.model, made, job.how)
        judgement = _judge(job, made) if job.data else None
        accepted = judgement is None or judgement["accepted"]
        destination = job.output if accepted else job.output.with_suffix(".rejected.onnx")
        content = {
            "source": _file_entry(job.model, job.model.name),
            "result": _file_entry(made, destination.name),
            "quantisation": facts,
            "fidelity": fidelity(job.model, made, list(job.how.calibration.images[:FIDELITY_IMAGES])),
            "judgement": judgement,
        }
        made.replace(destination)
    job.report.mkdir(parents=True, exist_ok=True)
    (job.report / "quantisation.json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    (job.report / "quantisation.md").write_text(render(content), "utf-8")
    return content


def _judge(job: QuantisationJob, made: Path) -> dict[str, Any]:
    assert job.data is not None
    dataset = Dataset.open(job.data)
    before = OnnxDetector(job.model)
    if before.names != dataset.names:
        raise ValueError("the detector and the dataset do not have the same classes")
    samples = dataset.samples(job.split)
    found, truth = before.detect_all(samples)
    after, _ = OnnxDetector(made).detect_all(samples)
    return judge(found, after, truth, dataset.names, job.limits, job.resamples, job.seed)


def _refuse_shared_images(calibration: CalibrationSet, data: Path, split: str) -> None:
    judged = {digest_of(sample.image) for sample in Dataset.open(data).samples(split)}
    shared = sum(1 for digest in calibration.digests() if digest in judged)
    if shared:
        raise ValueError(f"{shared} calibration images are in the {split} split too: judge on others")


def _file_entry(path: Path, name: str) -> dict[str, Any]:
    return {"file": name, "sha256": digest_of(path), "bytes": path.stat().st_size}
