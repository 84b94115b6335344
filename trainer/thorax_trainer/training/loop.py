"""The training loop, the same for every PyTorch detector."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from thorax_trainer.data.augmentation import Augmentation
from thorax_trainer.data.dataset import Dataset, Sample
from thorax_trainer.data.letterbox import letterboxed, read_gray
from thorax_trainer.detection import Detections, decode, drawn
from thorax_trainer.metrics.average_precision import average_precisions
from thorax_trainer.training.image_feed import ImageFeed, rgb_batch
from thorax_trainer.training.job import EpochMetrics, TrainingJob, TrainingResult
from thorax_trainer.training.moving_average import MovingAverage
from thorax_trainer.training.pace import Pace, learning_rate_factor

SaveCheckpoint = Callable[[nn.Module, Path, int], None]
"""Writes the given (averaged) network, trained at the given image size, to a file."""


class TrainableDetector(Protocol):
    """What the loop needs from a detector."""

    network: nn.Module

    def losses(self, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """``total`` to minimise, and its parts ``box``, ``class`` and ``dfl`` for the log."""
        ...

    def predict(self, network: nn.Module, images: Tensor) -> Tensor:
        """``[B, 4 + classes, anchors]``: centre boxes in pixels of ``images``, then class probabilities."""
        ...


def run(job: TrainingJob, dataset: Dataset, detector: TrainableDetector, save: SaveCheckpoint) -> TrainingResult:
    """Trains, writing metrics.csv and last.pt after every epoch."""
    torch.manual_seed(job.seed)
    torch.set_num_threads(job.threads)
    feed = _open_feed(job, dataset)
    validation = _drawn_samples(job, dataset, "val")
    network = detector.network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(_parameter_groups(network, job.weight_decay), lr=job.learning_rate)
    average = MovingAverage(network)
    steps = feed.steps_per_epoch(job.batch_size, job.empty_share) * job.epochs
    if steps == 0:
        raise ValueError(f"the train split has fewer images than one batch of {job.batch_size}")
    pace = Pace(steps, job.time_budget_minutes * 60 if job.time_budget_minutes else None)
    images_seen, epoch = 0, 0
    ap50 = np.full(len(dataset.names), np.nan)
    checkpoint = job.output / "last.pt"
    size = job.sizes.at(0)
    while epoch < job.epochs and pace.progress < 1:
        epoch += 1
        size = job.sizes.at(pace.progress)
        feed.resize(size)
        sums = dict.fromkeys(("box", "class", "dfl"), 0.0)
        count = 0
        for images, targets in feed.epoch(job.batch_size, job.empty_share):
            rate = job.learning_rate * learning_rate_factor(pace.step, pace.progress, job.warmup_steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            losses = detector.losses(images, targets)
            optimizer.zero_grad(set_to_none=True)
            losses["total"].backward()
            nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimizer.step()
            average.update(network)
            pace.step += 1
            count += 1
            images_seen += len(images)
            for name in sums:
                sums[name] += float(losses[name])
            if pace.step % 20 == 0:
                _log_step(pace, size, sums, count)
            if pace.progress >= 1:
                break
        ap50 = validate(detector, average.network, validation, size, len(dataset.names))
        means = {name: value / max(count, 1) for name, value in sums.items()}
        metrics = EpochMetrics(
            epoch, pace.seconds, size, rate, means["box"], means["class"], means["dfl"], float(np.nanmean(ap50))
        )
        _append(job.output / "metrics.csv", metrics)
        save(average.network, checkpoint, size)
        if job.keep_all_checkpoints:
            save(average.network, job.output / f"epoch-{epoch:03d}.pt", size)
        print(" ".join(f"{key}={value}" for key, value in metrics.row().items()), flush=True)
    per_class = {name: round(float(value), 4) for name, value in zip(dataset.names, ap50, strict=True)}
    mean = float(np.nanmean(ap50))
    return TrainingResult(checkpoint, dataset.names, epoch, pace.seconds, size, images_seen, mean, per_class)


@torch.no_grad()
def validate(
    detector: TrainableDetector, network: nn.Module, samples: list[Sample], size: int, class_count: int
) -> np.ndarray:
    """AP50 of each class."""
    found: list[Detections] = []
    truth: list[Detections] = []
    for start in range(0, len(samples), 8):
        batch = samples[start : start + 8]
        originals = [read_gray(str(sample.image)) for sample in batch]
        squares = [letterboxed(original, size) for original in originals]
        output = detector.predict(network, rgb_batch([image for image, _ in squares])).numpy()
        for sample, original, (_, placement), one in zip(batch, originals, squares, output, strict=True):
            detections = decode(one, confidence_threshold=0.01, iou_threshold=0.5)
            found.append(Detections(placement.restore(detections.boxes), detections.scores, detections.classes))
            truth.append(drawn(sample, original.shape[1], original.shape[0]))
    return average_precisions(found, truth, class_count)


def _open_feed(job: TrainingJob, dataset: Dataset) -> ImageFeed:
    samples = _drawn_samples(job, dataset, "train")
    repeats = [1] * len(samples)
    for description in job.also:
        other = Dataset.open(description)
        if other.names != dataset.names:
            raise ValueError(f"{description.name}: its classes are not those of {job.data.name}")
        more = other.samples("train")
        samples += more
        repeats += [job.also_repeat] * len(more)
    return ImageFeed(samples, repeats, job.seed, Augmentation())


def _drawn_samples(job: TrainingJob, dataset: Dataset, split: str) -> list[Sample]:
    samples = dataset.samples(split)
    if job.data_limit is None or job.data_limit >= len(samples):
        return samples
    chosen = np.random.default_rng(job.seed).permutation(len(samples))[: job.data_limit]
    return [samples[index] for index in sorted(chosen)]


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Decay pulls on convolution weights alone: on biases and normalisation it only hurts."""
    kernels = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    return [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _log_step(pace: Pace, size: int, sums: dict[str, float], count: int) -> None:
    parts = " ".join(f"{name}={value / count:.3f}" for name, value in sums.items())
    print(f"step={pace.step} progress={pace.progress:.3f} seconds={pace.seconds:.0f} size={size} {parts}", flush=True)


def _append(path: Path, metrics: EpochMetrics) -> None:
    row = metrics.row()
    # A new file begins with the header; one left by an earlier run in this folder is replaced.
    with path.open("w" if metrics.epoch == 1 else "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if metrics.epoch == 1:
            writer.writeheader()
        writer.writerow(row)
