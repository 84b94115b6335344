import csv
from pathlib import Path

import cv2
import numpy as np

from thorax_trainer.data.dataset import Dataset
from thorax_trainer.data.nih_cxr import import_nih, patients_of


def write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_takes_reviewed_images_and_only_those(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "images").mkdir(parents=True)
    status = {"a": "boxed", "b": "reviewed_negative", "c": "unreviewed", "d": "boxed"}
    for name in status:
        cv2.imwrite(str(source / "images" / f"{name}.jpg"), np.zeros((100, 100), np.uint8))
    write(
        source / "images.csv",
        [
            {"file": f"images/{name}.jpg", "patient_id": name, "width": 100, "height": 100, "box_status": one}
            for name, one in status.items()
        ],
    )
    box = {"file": "images/a.jpg", "vindr_class": "Nodule/Mass", "x": 10, "y": 20, "w": 20, "h": 10}
    write(source / "annotations.csv", [box, {**box, "file": "images/d.jpg", "vindr_class": ""}])

    assert import_nih(source, tmp_path / "out", ("Atelectasis", "Nodule/Mass")) == 2

    samples = Dataset.open(tmp_path / "out" / "data.yaml").samples("train")
    assert [sample.image.name for sample in samples] == ["a.jpg", "b.jpg"]
    assert samples[0].classes.tolist() == [1]
    np.testing.assert_allclose(samples[0].boxes, [[0.1, 0.2, 0.3, 0.3]], atol=1e-6)
    assert samples[1].classes.size == 0
    assert patients_of(tmp_path / "out") == {"a.jpg": "a", "b.jpg": "b"}
