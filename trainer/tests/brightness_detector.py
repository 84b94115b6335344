"""A detector small enough to be understood: it knows bright (class 0) from dark cells (class 1) of a 4 × 4 grid."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

SIZE, CELL = 64, 16
NAMES = ["Atelectasis", "Nodule/Mass"]
BACKGROUND = 0.4


def write_detector(path: Path, *, activation: str = "Sigmoid", dfl: bool = False) -> Path:
    """Two convolutions with activations and two last ones, then a sigmoid and anchors; metadata as an export has.
    ``dfl`` adds a convolution over 0, 1, … to the decoding, as exporters write the expectation of a distance."""
    sign = np.repeat([1, -1], 4).astype(np.float32)
    mean = np.ones((8, 3, CELL, CELL), np.float32) * sign[:, None, None, None] * 8 / (3 * CELL**2)
    classes = np.zeros((2, 8, 1, 1), np.float32)
    classes[0, :4], classes[1, 4:] = 0.8, 0.8
    steps = np.arange(SIZE // CELL, dtype=np.float32) * CELL + CELL / 2
    x, y = np.meshgrid(steps, steps)
    anchors = np.stack([x.ravel(), y.ravel(), np.full(16, CELL), np.full(16, CELL)]).astype(np.float32)[None]
    constants = {
        "w1": mean,
        "b1": -BACKGROUND * 8 * sign,
        "w2": np.eye(8, dtype=np.float32)[:, :, None, None],
        "b2": np.zeros(8, np.float32),
        "wc": classes,
        "bc": np.full(2, -6, np.float32),
        "wb": np.zeros((4, 8, 1, 1), np.float32),
        "bb": np.zeros(4, np.float32),
        "grid": np.array([0, -1, 16], np.int64),
        "anchors": anchors,
        "integral": np.arange(4, dtype=np.float32).reshape(1, 4, 1, 1),
        "row": np.array([0, 1, 16], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["images", "w1", "b1"], ["c1"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        *_activation(activation, "c1", "a1"),
        helper.make_node("Conv", ["a1", "w2", "b2"], ["c2"]),
        *_activation(activation, "c2", "a2"),
        helper.make_node("Conv", ["a2", "wc", "bc"], ["logits"]),
        helper.make_node("Conv", ["a2", "wb", "bb"], ["distances"]),
        helper.make_node("Reshape", ["logits", "grid"], ["rows"]),
        helper.make_node("Sigmoid", ["rows"], ["scores"]),
        helper.make_node("Reshape", ["distances", "grid"], ["shift"]),
    ]
    if dfl:
        nodes += [
            helper.make_node("Conv", ["distances", "integral"], ["expected"]),
            helper.make_node("Reshape", ["expected", "row"], ["offset"]),
            helper.make_node("Add", ["shift", "offset"], ["shifted"]),
        ]
    nodes += [
        helper.make_node("Add", ["shifted" if dfl else "shift", "anchors"], ["boxes"]),
        helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", 6, 16])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"names": str(dict(enumerate(NAMES))), "imgsz": str([SIZE, SIZE]), "license": "MIT"})
    onnx.save(model, str(path))
    return path


def _activation(kind: str, value: str, result: str) -> list[onnx.NodeProto]:
    if kind != "Sigmoid":
        return [helper.make_node(kind, [value], [result])]
    gate = helper.make_node("Sigmoid", [value], [f"{value}_gate"])
    return [gate, helper.make_node("Mul", [value, f"{value}_gate"], [result])]


def write_images(folder: Path, count: int, *, seed: int, cells: bool = True) -> None:
    """Noise around the background with one bright or dark cell each (``cells``), in YOLO layout."""
    random = np.random.default_rng(seed)
    labels = folder.parents[1] / "labels" / folder.name
    folder.mkdir(parents=True)
    labels.mkdir(parents=True)
    for index in range(count):
        image = random.normal(BACKGROUND * 255, 4, (SIZE, SIZE))
        row, column = random.integers(0, 4, 2)
        if cells:
            image[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] += -80 if index % 2 else 120
        cv2.imwrite(str(folder / f"{index:03}.png"), image.clip(0, 255).astype(np.uint8))
        line = f"{index % 2} {(column + 0.5) / 4} {(row + 0.5) / 4} 0.25 0.25\n"
        (labels / f"{index:03}.txt").write_text(line if cells else "")


def write_dataset(folder: Path) -> Path:
    """16 images to calibrate on and 20 to judge on."""
    write_images(folder / "images" / "train", 16, seed=1)
    write_images(folder / "images" / "test", 20, seed=2)
    splits = {split: f"images/{split}" for split in ("train", "test")}
    description = folder / "data.yaml"
    description.write_text(yaml.safe_dump({**splits, "names": NAMES}))
    return description
