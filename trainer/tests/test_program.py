"""The contract of the command line, on a dataset of a few seconds. Needs the training packages."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from thorax_trainer.data.dataset import Dataset

pytest.importorskip("libreyolo")
onnxruntime = pytest.importorskip("onnxruntime")

from thorax_trainer.cli import main  # noqa: E402
from thorax_trainer.onnx_detector import OnnxDetector  # noqa: E402


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Bright squares on noise, of two classes."""
    random = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 2), ("test", 2)):
        for kind in ("images", "labels"):
            (tmp_path / kind / split).mkdir(parents=True)
        for index in range(count):
            image = random.integers(0, 60, (64, 64), dtype=np.uint8)
            image[16:48, 16:48] = 200
            cv2.imwrite(str(tmp_path / "images" / split / f"{index}.png"), image)
            (tmp_path / "labels" / split / f"{index}.txt").write_text(f"{index % 2} 0.5 0.5 0.5 0.5\n")
    splits = {split: f"images/{split}" for split in ("train", "val", "test")}
    description = tmp_path / "data.yaml"
    description.write_text(yaml.safe_dump({**splits, "names": ["Atelectasis", "Nodule/Mass"]}))
    return description


def test_trains_exports_and_evaluates(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", "--data", str(data), "--output", str(run), "--epochs", "2", "--image-size", "64"]
    assert main([*arguments, "--batch-size", "4", "--seed", "7", "--threads", "1"]) == 0

    with (run / "metrics.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    result = json.loads((run / "result.json").read_text())
    assert (result["checkpoint"], result["epochs"], result["images_seen"]) == ("last.pt", 2, 16)

    model = tmp_path / "model.onnx"
    main(["export", "--checkpoint", str(run / "last.pt"), "--output", str(model), "--input-size", "128"])
    session = onnxruntime.InferenceSession(str(model))
    assert session.get_inputs()[0].shape == ["batch", 3, 128, 128]
    images = np.random.default_rng(0).random((2, 3, 128, 128), dtype=np.float32)
    both = session.run(None, {"images": images})[0]
    assert both.shape == (2, 6, 64 + 16 + 4)
    np.testing.assert_allclose(session.run(None, {"images": images[:1]})[0], both[:1], atol=1e-3)
    assert OnnxDetector(model).names == Dataset.open(data).names

    main(["evaluate", "--model", str(model), "--data", str(data), "--output", str(tmp_path), "--bootstrap", "5"])
    assert json.loads((tmp_path / "evaluation.json").read_text())["test"]["images"] == 2


def test_starts_from_a_checkpoint_and_refuses_one_of_other_classes(data: Path, tmp_path: Path) -> None:
    common = ["--epochs", "1", "--image-size", "64", "--batch-size", "4", "--threads", "1"]
    main(["train", "--data", str(data), "--output", str(tmp_path / "a"), *common])
    weights = ["--weights", str(tmp_path / "a" / "last.pt")]
    main(["train", "--data", str(data), "--output", str(tmp_path / "b"), *weights, *common])
    other = data.with_name("other.yaml")
    other.write_text(data.read_text().replace("Atelectasis", "Calcification"))
    with pytest.raises(ValueError, match="other classes"):
        main(["train", "--data", str(other), "--output", str(tmp_path / "c"), *weights, *common])


def test_refuses_a_split_smaller_than_a_batch(data: Path, tmp_path: Path) -> None:
    options = ["--batch-size", "16", "--image-size", "64"]
    with pytest.raises(ValueError, match="fewer images than one batch"):
        main(["train", "--data", str(data), "--output", str(tmp_path / "a"), *options])
