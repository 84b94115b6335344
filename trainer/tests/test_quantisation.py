"""Eight-bit detectors: what stays in float, what is refused, and that only an accepted file gets its name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from brightness_detector import NAMES, write_dataset, write_detector, write_images
from onnx import TensorProto, helper, numpy_helper

onnxruntime = pytest.importorskip("onnxruntime")

from thorax_trainer.cli import REJECTED, main  # noqa: E402
from thorax_trainer.detection import Detections  # noqa: E402
from thorax_trainer.quantisation.calibration import CalibrationSet  # noqa: E402
from thorax_trainer.quantisation.float_ends import float_nodes  # noqa: E402
from thorax_trainer.quantisation.judgement import Limits, agreement, judge  # noqa: E402
from thorax_trainer.quantisation.quantiser import Quantisation, quantise  # noqa: E402


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_detector(tmp_path / "float.onnx")


def arguments(model: Path, data: Path, output: Path, *more: str) -> list[str]:
    return [
        *("quantise", "--model", str(model), "--output", str(output), "--calibration", str(data)),
        *("--bootstrap", "50", *(more or ("--data", str(data)))),
    ]


def named(graph: onnx.GraphProto) -> onnx.GraphProto:
    for place, node in enumerate(graph.node):
        node.name = f"{node.op_type}{place}"
    return graph


def detections(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    table = np.array(rows, dtype=np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int64))


def test_both_ends_stay_in_float(tmp_path: Path) -> None:
    graph = named(onnx.load(str(write_detector(tmp_path / "a.onnx"))).graph)
    in_bytes = [node.name for node in graph.node if node.name not in float_nodes(graph)]
    assert in_bytes == ["Conv3", "Sigmoid4", "Mul5"]


def test_an_activation_of_one_node_stays_with_the_first_convolution(tmp_path: Path) -> None:
    graph = named(onnx.load(str(write_detector(tmp_path / "a.onnx", activation="Relu"))).graph)
    assert [node.name for node in graph.node if node.name not in float_nodes(graph)] == ["Conv2", "Relu3"]


def test_the_expectation_of_a_distance_is_no_learned_convolution(tmp_path: Path) -> None:
    graph = named(onnx.load(str(write_detector(tmp_path / "a.onnx", dfl=True))).graph)
    assert [node.name for node in graph.node if node.name not in float_nodes(graph)] == ["Conv3", "Sigmoid4", "Mul5"]


def test_keeps_the_description_and_adds_how_it_was_made(model: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "int8" / "model.onnx"
    assert main(arguments(model, data, output)) == 0
    quantised = onnx.load(str(output))
    properties = {entry.key: entry.value for entry in quantised.metadata_props}
    facts = json.loads(properties.pop("quantisation"))
    assert properties == {entry.key: entry.value for entry in onnx.load(str(model)).metadata_props}
    assert facts["calibration"]["images"] == 16
    assert (facts["convolutions"], facts["quantised_convolutions"]) == (4, 1)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in quantised.graph.initializer}
    assert weights["w2_quantized"].dtype == np.int8
    assert np.abs(weights["w2_quantized"].astype(int)).max() == 64  # 7 bits: 255 · 64 · 2 fits into 16 bits
    assert weights["w2_scale"].shape == (8,)
    assert {one.domain for one in quantised.opset_import} == {""}
    session = onnxruntime.InferenceSession(str(output))
    assert session.get_inputs()[0].shape == ["batch", 3, 64, 64]
    assert session.run(None, {"images": np.zeros((3, 3, 64, 64), np.float32)})[0].shape == (3, 6, 16)


def test_judges_on_images_that_it_was_not_calibrated_on(model: Path, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.onnx"
    assert main(arguments(model, data, output)) == 0
    content = json.loads((tmp_path / "quantisation.json").read_text())
    judgement = content["judgement"]
    assert judgement["accepted"] is True
    assert (judgement["images"], judgement["boxes"]) == (20, 20)
    assert judgement["float_map50"]["value"] == judgement["int8_map50"]["value"] == 1
    assert list(judgement["classes"]) == NAMES
    assert judgement["agreement"]["served_by_float_alone"] == 0
    assert "**Accepted.**" in (tmp_path / "quantisation.md").read_text()
    with pytest.raises(ValueError, match="16 calibration images are in the train split too"):
        main(arguments(model, data, tmp_path / "b.onnx", "--data", str(data), "--split", "train"))


def test_a_rejected_file_does_not_get_the_name(model: Path, data: Path, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    output = tmp_path / "model.onnx"
    output.write_bytes(b"the one that is served")
    plain = tmp_path / "plain" / "images" / "train"
    write_images(plain, 8, seed=3, cells=False)  # ranges of the background: every finding is cut off
    rejected = arguments(model, plain, output, "--data", str(data))
    assert main(rejected) == REJECTED == 3
    assert "mean AP50 falls by" in capsys.readouterr().err
    assert output.read_bytes() == b"the one that is served"
    onnx.checker.check_model(str(tmp_path / "model.rejected.onnx"))
    content = json.loads((tmp_path / "quantisation.json").read_text())
    assert content["result"]["file"] == "model.rejected.onnx"
    assert content["judgement"]["accepted"] is False
    assert "**Rejected: mean AP50" in (tmp_path / "quantisation.md").read_text()
    assert not list(tmp_path.glob(".quantisation-*"))


def test_without_judgement_the_report_says_so(model: Path, data: Path, tmp_path: Path) -> None:
    assert main(arguments(model, data, tmp_path / "model.onnx", "--without-judgement")) == 0
    assert "**Not judged" in (tmp_path / "quantisation.md").read_text()


def test_the_same_inputs_give_the_same_bytes(model: Path, data: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / f"{seed}.onnx" for seed in ("1", "2")]
    for output in outputs:
        command = arguments(model, data, output, "--without-judgement")
        environment = {**os.environ, "PYTHONHASHSEED": output.stem}
        subprocess.run([sys.executable, "-m", "thorax_trainer", *command], check=True, env=environment, timeout=120)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_the_seed_chooses_the_images(data: Path) -> None:
    chosen = [CalibrationSet.choose(data, 8, seed) for seed in (0, 0, 1)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert list(chosen[2].images) == sorted(chosen[2].images)
    assert chosen[0].sha256() == chosen[1].sha256() != chosen[2].sha256()


def test_refuses_too_few_images(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="calibration needs 8 or more"):
        CalibrationSet.choose(data, 7, 0)
    write_images(tmp_path / "few" / "images" / "train", 3, seed=0)
    with pytest.raises(ValueError, match="has 3 images and 64 are wanted"):
        CalibrationSet.choose(tmp_path / "few" / "images" / "train", 64, 0)
    with pytest.raises(ValueError, match="neither a folder of images nor"):
        CalibrationSet.choose(_without_train(data), 64, 0)


def _without_train(data: Path) -> Path:
    other = data.with_name("other.yaml")
    other.write_text(data.read_text().replace("train: images/train\n", ""))
    return other


def test_refuses_an_image_that_does_not_decode(model: Path, data: Path, tmp_path: Path) -> None:
    (data.parent / "images" / "train" / "003.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"cannot decode .*003\.png"):
        main(arguments(model, data, tmp_path / "model.onnx", "--without-judgement"))
    assert list(tmp_path.glob("*.onnx")) == [model]


def test_refuses_a_quantised_model(model: Path, data: Path, tmp_path: Path) -> None:
    how = Quantisation(CalibrationSet.choose(data, 8, 0))
    quantise(model, tmp_path / "once.onnx", how)
    with pytest.raises(ValueError, match="quantised already .*QuantizeLinear"):
        quantise(tmp_path / "once.onnx", tmp_path / "twice.onnx", how)
    assert not (tmp_path / "twice.onnx").exists()


@pytest.mark.parametrize(
    ("shape", "element", "reason"),
    [
        (["batch", 3, 64, 64], TensorProto.FLOAT, "has no convolution"),
        (["batch", 3, 64, 64], TensorProto.FLOAT16, "not float32"),
        ([4, 3, 64, 64], TensorProto.FLOAT, "fixed at 4"),
        (["batch", 3, 64, 32], TensorProto.FLOAT, "square images"),
        (["batch", 3, "h", "w"], TensorProto.FLOAT, "square images"),
    ],
)
def test_refuses_what_it_cannot_feed_or_gain_from(
    shape: list[int | str], element: int, reason: str, data: Path, tmp_path: Path
) -> None:
    value = helper.make_tensor_value_info("images", element, shape)
    graph = helper.make_graph(
        [helper.make_node("Relu", ["images"], ["y"])],
        "g",
        [value],
        [helper.make_tensor_value_info("y", element, shape)],
    )
    path = tmp_path / "other.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    with pytest.raises(ValueError, match=reason):
        quantise(path, tmp_path / "x.onnx", Quantisation(CalibrationSet.choose(data, 8, 0)))


def test_a_loss_beyond_the_limit_is_named() -> None:
    box = (0, 0, 10, 10)
    truth = [detections((*box, 1, 0)), detections((*box, 1, 1))] * 10
    before = [detections((*box, 0.9, 0)), detections((*box, 0.9, 1))] * 10
    after = [detections((*box, 0.8, 0)), detections()] * 10
    verdict = judge(before, after, truth, ("a", "b"), Limits(0.6, 0.05), resamples=20)
    assert verdict["map50_drop"]["value"] == 0.5
    assert verdict["reasons"] == ["b loses 1.0000 of its AP50, of which 0.05 is allowed"]
    assert judge(before, before, truth, ("a", "b"), Limits(0, 0), resamples=20)["accepted"]


def test_a_small_loss_on_few_images_does_not_pass_by_luck() -> None:
    box = (0, 0, 10, 10)
    truth = [detections((*box, 1, 0))] * 100
    before = [detections((*box, 0.9, 0))] * 100
    after = [detections(), *before[1:]]
    verdict = judge(before, after, truth, ("a",), Limits(0.01, 1), resamples=200)
    assert verdict["map50_drop"]["value"] == pytest.approx(0.01, abs=2e-3)
    assert verdict["accepted"] is False


def test_images_on_which_the_float_detector_is_blind_judge_nothing() -> None:
    truth = [detections((0, 0, 10, 10, 1, 0))]
    with pytest.raises(ValueError, match=r"mean AP50 of 0\.000"):
        judge([detections()], [detections()], truth, ("a",), Limits(), resamples=2)
    with pytest.raises(ValueError, match="no box"):
        judge([detections()], [detections()], [detections()], ("a",), Limits(), resamples=2)


def test_agreement_counts_what_is_served_by_one_alone() -> None:
    before = [detections((0, 0, 10, 10, 0.9, 0), (50, 50, 60, 60, 0.3, 1), (80, 80, 90, 90, 0.1, 0))]
    after = [detections((0, 0, 10, 9, 0.7, 0), (50, 50, 60, 60, 0.2, 1), (80, 80, 90, 90, 0.3, 0))]
    found = agreement(before, after)
    assert (found["served_by_float"], found["served_by_float_alone"], found["served_by_int8_alone"]) == (2, 1, 1)
    assert found["mean_iou"] == pytest.approx(0.95)
    assert found["least_iou"] == pytest.approx(0.9)
    assert found["mean_score_change"] == pytest.approx(-0.15)
    assert found["largest_score_change"] == pytest.approx(0.2)
    assert agreement([detections()], [detections()])["mean_iou"] is None
