"""The model card and the serving configuration, written from measured numbers alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import yaml

NIH_DOWNLOAD = "https://nihcc.app.box.com/v/ChestXray-NIHCC"


@dataclass(frozen=True)
class CardFacts:
    """Everything the card says."""

    model: Path
    version: str
    evaluation: dict[str, Any]
    """Content of evaluation.json as ``evaluate`` writes it."""
    crossval: dict[str, Any]
    """Content of crossval.json."""
    training: list[dict[str, Any]]
    """result.json of each stage, in order."""
    commands: str
    """Shell script that makes the model."""

    @property
    def names(self) -> list[str]:
        """Classes in order."""
        return list(self.evaluation["test"]["classes"])

    @property
    def thresholds(self) -> dict[str, float]:
        """Recommended score threshold of each class."""
        return {name: point["threshold"] for name, point in self.evaluation["thresholds_on_val"].items()}

    @property
    def sha256(self) -> str:
        """Of the ONNX file."""
        return hashlib.sha256(self.model.read_bytes()).hexdigest()

    @property
    def network_size(self) -> str:
        """Side in pixels that the network works on, from the file's own metadata."""
        properties = {entry.key: entry.value for entry in onnx.load(str(self.model)).metadata_props}
        return properties["network_size"].strip("[]").split(",")[0]


def serving_configuration(facts: CardFacts) -> str:
    """model_config.yaml."""
    content = {
        "model": {
            "name": "chest_xray_detector",
            "version": facts.version,
            "input_size": [640, 640],
            "classes": facts.names,
            "confidence_threshold": 0.25,
            "iou_threshold": 0.45,
            "per_class_thresholds": facts.thresholds,
        },
        "serving": {"max_batch_size": 8, "preferred_batch_size": [4, 8], "max_queue_delay_microseconds": 100},
    }
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)


def evaluation_content(facts: CardFacts) -> dict[str, Any]:
    """evaluation.json beside the model."""
    return {
        "model": {"name": "chest_xray_detector", "version": facts.version, "sha256": facts.sha256},
        "phantoms": facts.evaluation,
        "real_radiographs": facts.crossval,
    }


def class_table(facts: CardFacts) -> str:
    """Markdown rows of the held-out phantoms."""
    lines = [
        "| class | boxes | AP50 | threshold | precision | recall |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, entry in facts.evaluation["test"]["classes"].items():
        cells = [name, str(entry["boxes"])]
        cells += [_number(entry.get(key)) for key in ("ap50", "threshold", "precision", "recall")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def real_table(facts: CardFacts) -> str:
    """Markdown rows of the real radiographs."""
    rows = {
        "cross_validated": "fine-tuned, out of fold",
        "phantoms_only": "phantoms only",
        "shipped_in_sample": "shipped, **which has seen these**",
    }
    lines = [
        "| model | IoU | AP, any class | sensitivity at 1 false positive per image |",
        "|---|---:|---:|---:|",
    ]
    for key, label in rows.items():
        report = facts.crossval.get(key)
        if not report:
            continue
        for iou in (entry for entry in report if entry.startswith("iou_")):
            ap = _interval(report[iou]["class_agnostic_ap"])
            sensitivity = _interval(report[iou]["sensitivity_at_1_false_positive_per_image"])
            lines.append(f"| {label} | {iou.removeprefix('iou_')} | {ap} | {sensitivity} |")
    return "\n".join(lines)


def render(facts: CardFacts) -> str:
    """MODEL_CARD.md."""
    test = facts.evaluation["test"]
    real = facts.crossval["cross_validated"]
    minutes = sum(result["seconds"] for result in facts.training) / 60
    images = sum(result["images_seen"] for result in facts.training)
    template = (Path(__file__).parent / "model_card.template.md").read_text("utf-8")
    values = {
        "version": facts.version,
        "sha256": facts.sha256,
        "size_mb": f"{facts.model.stat().st_size / 1e6:.1f}",
        "network_size": facts.network_size,
        "map50": _interval(test["map50"]),
        "test_images": test["images"],
        "test_boxes": test["boxes"],
        "ece": _number(test["calibration"]["expected_calibration_error"]),
        "class_table": class_table(facts),
        "real_table": real_table(facts),
        "real_images": real["images"],
        "real_boxed": real["images_with_boxes"],
        "real_negative": real["images"] - real["images_with_boxes"],
        "real_patients": real["patients"],
        "real_boxes": real["boxes"],
        "folds": facts.crossval["folds"],
        "minutes": f"{minutes:.0f}",
        "images_seen": f"{images:,}",
        "nih": NIH_DOWNLOAD,
        "commands": facts.commands.strip(),
    }
    for key, value in values.items():
        template = template.replace("{{" + key + "}}", str(value))
    return template


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _interval(entry: dict[str, float]) -> str:
    return f"{entry['value']:.2f} ({entry['low']:.2f}–{entry['high']:.2f})"
