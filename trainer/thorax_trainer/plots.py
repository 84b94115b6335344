"""Figures of the evaluation report. None shows a patient."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # no display on a training machine

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from thorax_trainer.data.letterbox import Image  # noqa: E402
from thorax_trainer.detection import Detections  # noqa: E402
from thorax_trainer.metrics.average_precision import precision_recall  # noqa: E402
from thorax_trainer.metrics.froc import froc, match_any_class  # noqa: E402
from thorax_trainer.metrics.matching import match_class  # noqa: E402

INK = "#1f3a4d"
ACCENT = "#c8553d"
LABEL_PLATE = {"facecolor": "black", "alpha": 0.55, "edgecolor": "none", "pad": 1}


def plot_precision_recall(
    found: list[Detections], truth: list[Detections], names: tuple[str, ...], title: str, path: Path
) -> None:
    """One curve a class at IoU 0.5."""
    figure, axes = plt.subplots(figsize=(8, 5.2))
    colours = plt.get_cmap("tab20")(np.linspace(0, 1, len(names)))
    for label, (name, colour) in enumerate(zip(names, colours, strict=True)):
        precision, recall = precision_recall(match_class(found, truth, label, 0.5))
        axes.plot(recall, precision, label=name, color=colour, linewidth=1.3)
    axes.set(xlabel="Recall", ylabel="Precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    _finish(figure, path)


def plot_froc(curves: dict[str, tuple[list[Detections], list[Detections]]], iou: float, title: str, path: Path) -> None:
    """Sensitivity against false positives per image, up to 8 of them."""
    figure, axes = plt.subplots(figsize=(6.2, 4.4))
    for (name, (found, truth)), style in zip(curves.items(), ("-", "--", ":"), strict=False):
        false_positives, sensitivity = froc(match_any_class(found, truth, iou), len(found))
        axes.step(false_positives, sensitivity, style, where="post", label=name, color=INK)
    axes.axvline(1, color=ACCENT, linewidth=0.8)
    axes.set(xlabel="False positives per image", ylabel="Sensitivity", xlim=(0, 8), ylim=(0, 1), title=title)
    axes.legend(frameon=False, fontsize=8)
    _finish(figure, path)


def plot_reliability(calibration: dict[str, Any], title: str, path: Path) -> None:
    """Precision of the detections in each tenth of the score."""
    figure, axes = plt.subplots(figsize=(4.8, 4.4))
    bins = calibration["bins"]
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
    axes.plot([one["mean_score"] for one in bins], [one["precision"] for one in bins], "o-", color=INK)
    axes.set(xlabel="Mean score", ylabel="Share correct", xlim=(0, 1), ylim=(0, 1), title=title)
    _finish(figure, path)


def plot_training(stages: list[Path], path: Path) -> None:
    """Validation AP50 and losses against wall time, from the metrics.csv of each stage, one after the other."""
    rows: list[dict[str, str]] = []
    minutes: list[float] = []
    for stage in stages:
        start = minutes[-1] if minutes else 0.0
        with stage.open(encoding="utf-8") as file:
            added = list(csv.DictReader(file))
        rows += added
        minutes += [start + float(row["seconds"]) / 60 for row in added]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    left.plot(minutes, [float(row["val_map50"]) for row in rows], "o-", color=INK, markersize=3)
    left.set(xlabel="Minutes", ylabel="Mean AP50, validation phantoms", ylim=(0, 1))
    for size in sorted({row["image_size"] for row in rows}, key=int)[1:]:
        start = next(minute for minute, row in zip(minutes, rows, strict=True) if row["image_size"] == size)
        left.axvline(start, color="0.8", linewidth=0.8)
        left.text(start, 0.02, f"{size} px", fontsize=7, color="0.4")
    for name, colour in (("box", INK), ("class", ACCENT), ("dfl", "#7a9e7e")):
        right.plot(minutes, [float(row[f"train_{name}_loss"]) for row in rows], label=name, color=colour)
    right.set(xlabel="Minutes", ylabel="Training loss", yscale="log")
    right.legend(frameon=False)
    _finish(figure, path)


def plot_phantom(
    image: Image, found: Detections, truth: Detections, names: tuple[str, ...], thresholds: dict[str, float], path: Path
) -> None:
    """A phantom with what was drawn (dashed) and what was found at the recommended thresholds. Phantoms only: the
    picture goes into the repository."""
    figure, axes = plt.subplots(figsize=(6, 6))
    axes.imshow(image, cmap="gray", vmin=0, vmax=255)
    for x_min, y_min, x_max, y_max in truth.boxes:
        axes.add_patch(Rectangle((x_min, y_min), x_max - x_min, y_max - y_min, fill=False, color="#f2c14e", ls="--"))
    for (x_min, y_min, x_max, y_max), score, label in zip(found.boxes, found.scores, found.classes, strict=True):
        if score >= thresholds.get(names[label], 0.25):
            axes.add_patch(Rectangle((x_min, y_min), x_max - x_min, y_max - y_min, fill=False, color="#ff6f4b"))
            text = f"{names[label]} {score:.2f}"
            axes.text(x_min, max(y_min - 5, 10), text, color="#ffb199", fontsize=8, bbox=LABEL_PLATE)
    axes.set(xticks=[], yticks=[], title="Held-out phantom: drawn (dashed) and found")
    _finish(figure, path)


def _finish(figure: Any, path: Path) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
