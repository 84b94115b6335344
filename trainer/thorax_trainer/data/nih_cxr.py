"""The expert-boxed part of an NIH ChestX-ray14 selection, as a dataset in YOLO layout.

Expects ``images.csv`` (file, patient_id, width, height, box_status …) and ``annotations.csv`` (file, vindr_class,
x, y, w, h in pixels). Images that nobody reviewed are left out: most show disease, so they are not negatives.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import yaml

USABLE = {"boxed", "reviewed_negative"}


def import_nih(source: Path, output: Path, names: tuple[str, ...]) -> int:
    """Copies the reviewed images with their labels and writes ``patients.csv``; returns how many there are.

    Boxes of a class that the detector does not know are dropped, and so is an image that has no other box: it is
    neither a positive nor a negative.
    """
    rows = [row for row in _read(source / "images.csv") if row["box_status"] in USABLE]
    boxes = _read(source / "annotations.csv")
    for folder in ("images", "labels"):
        (output / folder / "train").mkdir(parents=True, exist_ok=True)
    patients = []
    for row in rows:
        mine = [box for box in boxes if box["file"] == row["file"]]
        lines = [yolo_line(box, row, names) for box in mine if box["vindr_class"] in names]
        if row["box_status"] == "boxed" and not lines:
            continue
        image = output / "images" / "train" / Path(row["file"]).name
        shutil.copyfile(source / row["file"], image)
        text = "".join(line + "\n" for line in lines)
        (output / "labels" / "train" / image.with_suffix(".txt").name).write_text(text, "utf-8")
        patients.append({"image": image.name, "patient_id": row["patient_id"]})
    with (output / "patients.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=["image", "patient_id"])
        writer.writeheader()
        writer.writerows(patients)
    description = {"path": ".", "train": "images/train", "names": dict(enumerate(names))}
    (output / "data.yaml").write_text(yaml.safe_dump(description, sort_keys=False), "utf-8")
    return len(patients)


def yolo_line(box: dict[str, str], image: dict[str, str], names: tuple[str, ...]) -> str:
    """One box in pixels (top-left corner, width, height) as a YOLO label line."""
    width, height = float(image["width"]), float(image["height"])
    x, y, w, h = (float(box[key]) for key in ("x", "y", "w", "h"))
    fractions = ((x + w / 2) / width, (y + h / 2) / height, w / width, h / height)
    return " ".join([str(names.index(box["vindr_class"])), *(f"{value:.6f}" for value in fractions)])


def patients_of(dataset_folder: Path) -> dict[str, str]:
    """Patient of each image file name."""
    return {row["image"]: row["patient_id"] for row in _read(dataset_folder / "patients.csv")}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
