from pathlib import Path

import onnx
import yaml
from onnx import TensorProto, helper

from thorax_trainer.model_card import CardFacts, evaluation_content, render, serving_configuration

INTERVAL = {"value": 0.8, "low": 0.7, "high": 0.9, "resamples": 10}


def facts(folder: Path) -> CardFacts:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    model = helper.make_model(helper.make_graph([helper.make_node("Identity", ["x"], ["x2"])], "g", [value], []))
    helper.set_model_props(model, {"network_size": "[320, 320]"})
    onnx.save(model, str(folder / "model.onnx"))
    one_class = {"boxes": 3, "ap50": 0.8, "threshold": 0.4, "precision": 0.9, "recall": 0.7}
    evaluation = {
        "thresholds_on_val": {"Atelectasis": {"threshold": 0.4, "precision": 1.0, "recall": 1.0, "f1": 1.0}},
        "test": {
            "images": 5,
            "boxes": 3,
            "map50": INTERVAL,
            "classes": {"Atelectasis": one_class},
            "calibration": {"expected_calibration_error": 0.05, "bins": []},
        },
    }
    figures = {"class_agnostic_ap": INTERVAL, "sensitivity_at_1_false_positive_per_image": INTERVAL}
    real = {"images": 28, "images_with_boxes": 22, "patients": 27, "boxes": 76, "iou_0.5": figures}
    crossval = {"folds": 4, "cross_validated": real}
    return CardFacts(folder / "model.onnx", "1", evaluation, crossval, [{"seconds": 600, "images_seen": 1000}], "train")


def test_the_card_has_no_gap_and_says_what_it_must(tmp_path: Path) -> None:
    text = render(facts(tmp_path))
    assert "{{" not in text
    for duty in ("not for clinical use", "nihcc.app.box.com", "NIH Clinical Center", "CVPR 2017", "Apache-2.0"):
        assert duty in text
    assert "0.80 (0.70–0.90)" in text
    assert "| Atelectasis | 3 | 0.80 | 0.40 | 0.90 | 0.70 |" in text


def test_the_configuration_carries_the_thresholds(tmp_path: Path) -> None:
    content = yaml.safe_load(serving_configuration(facts(tmp_path)))
    assert content["model"]["per_class_thresholds"] == {"Atelectasis": 0.4}
    assert content["model"]["version"] == "1"


def test_the_evaluation_names_the_file_it_is_about(tmp_path: Path) -> None:
    assert len(evaluation_content(facts(tmp_path))["model"]["sha256"]) == 64
