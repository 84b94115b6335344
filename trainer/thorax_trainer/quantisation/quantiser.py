"""A float detector as one of eight bits: static quantisation with ONNX Runtime's quantiser, in QDQ form."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, TensorProto
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

from thorax_trainer.quantisation.calibration import CalibrationSet, LetterboxedImages, digest_of
from thorax_trainer.quantisation.float_ends import GraphView, float_nodes

METADATA_KEY = "quantisation"
"""Metadata entry, JSON, that says how a file was quantised."""

METHODS = {
    "min-max": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy,
}

OPERATORS = [
    "Add",
    "AveragePool",
    "Concat",
    "Conv",
    "MaxPool",
    "Mul",
    "Reshape",
    "Resize",
    "Sigmoid",
    "Slice",
    "Split",
    "Transpose",
]
"""Convolutions and all that lies between them, so that activations stay in bytes from one to the next. With
convolutions alone the conversions cost what the bytes save. Attention (MatMul, Softmax) stays in float: there is little
of it, and bytes made it no faster."""

WEIGHT_BITS = (7, 8)

_QUANTISED = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger"}


@dataclass(frozen=True)
class Quantisation:
    """How to quantise."""

    calibration: CalibrationSet
    method: str = "min-max"
    """A key of ``METHODS``."""
    weight_bits: int = 7
    """With 7, pairs of products never overflow the 16-bit sums of x86 processors without VNNI (255 · 64 · 2 < 2^15). 8
    is for processors known to have VNNI."""


def quantise(source: Path, destination: Path, how: Quantisation) -> dict[str, Any]:
    """Writes the quantised detector; returns what its metadata say about it. The same inputs on the same kind of
    machine give the same bytes. Refuses (``ValueError``) what it cannot quantise; then nothing is written."""
    model = onnx.load(str(source))
    name, channels, size = _image_input(model, source)
    _refuse_unsuitable(model, source)
    images = LetterboxedImages(how.calibration.images, name, channels, size)
    with tempfile.TemporaryDirectory(prefix="quantisation-") as folder, _without_advice():
        prepared = _prepared(model, Path(folder))
        kept = float_nodes(onnx.load(str(prepared)).graph)
        quantised = Path(folder) / "quantised.onnx"
        quantize_static(
            prepared,
            quantised,
            images,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATORS,
            per_channel=True,
            reduce_range=how.weight_bits < 8,
            # The pair with fast kernels on x86 is uint8 × int8.
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept,
            calibrate_method=METHODS[how.method],
            extra_options={"CalibStridedMinMax": 1},
        )
        result = onnx.load(str(quantised))
    facts = _facts(source, how, result, len(kept))
    _describe(result, model, facts)
    onnx.checker.check_model(result)
    destination.write_bytes(result.SerializeToString(deterministic=True))
    return facts


def fidelity(source: Path, quantised: Path, images: list[Path]) -> dict[str, float]:
    """How far the raw outputs of two files are apart on images: ``[B, 4 + classes, anchors]``, boxes in input pixels of
    anchors that score 0.05 or more in either, scores of all. ``ValueError`` where an output is not finite."""
    name, channels, size = _image_input(onnx.load(str(source)), source)
    reader = LetterboxedImages(tuple(images), name, channels, size)
    sessions = [_session(path) for path in (source, quantised)]
    shifts, gaps, signal, noise = [0.0], [0.0], 0.0, 0.0
    for image in reader.read_all():
        one, other = (np.asarray(session.run(None, {name: image})[0][0], np.float64) for session in sessions)
        if not (np.isfinite(one).all() and np.isfinite(other).all()):
            raise ValueError("an output is not a finite number: the ranges of these activations make no sense")
        relevant = np.maximum(one[4:], other[4:]).max(axis=0) >= 0.05
        shifts += np.abs(one[:4, relevant] - other[:4, relevant]).ravel().tolist()
        gaps.append(float(np.abs(one[4:] - other[4:]).max()))
        signal += float((one[4:] ** 2).sum())
        noise += float(((one[4:] - other[4:]) ** 2).sum())
    return {
        "images": len(images),
        "largest_score_difference": round(max(gaps), 4),
        "median_box_shift_pixels": round(float(np.median(shifts)), 3),
        "score_signal_to_noise_db": round(10 * float(np.log10(signal / max(noise, 1e-30))), 1),
    }


def _image_input(model: ModelProto, source: Path) -> tuple[str, int, tuple[int, int]]:
    """Name, channels, height and width of the only input."""
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    dims = [dim.dim_value for dim in inputs[0].type.tensor_type.shape.dim] if len(inputs) == 1 else []
    if len(dims) != 4 or dims[1] not in (1, 3) or dims[2] < 1 or dims[2] != dims[3]:
        raise ValueError(f"{source}: expected one input of square images [B, 3, S, S], found {dims or len(inputs)}")
    if inputs[0].type.tensor_type.elem_type != TensorProto.FLOAT:
        raise ValueError(f"{source}: the input is not float32; quantise the float32 file that it was made from")
    if dims[0] > 1:
        raise ValueError(f"{source}: the batch is fixed at {dims[0]}; export with a dynamic batch")
    return inputs[0].name, dims[1], (dims[2], dims[3])


def _refuse_unsuitable(model: ModelProto, source: Path) -> None:
    operators = {node.op_type for node in model.graph.node}
    quantised = sorted(one for one in operators if one in _QUANTISED or one.startswith("QLinear"))
    if quantised:
        raise ValueError(f"{source} is quantised already (it has {', '.join(quantised)})")
    view = GraphView(model.graph)
    if not any(view.is_convolution(node) for node in model.graph.node):
        raise ValueError(f"{source} has no convolution: there is nothing to gain")


def _prepared(model: ModelProto, folder: Path) -> Path:
    """The graph with constants folded and every node named, as the quantiser needs it."""
    names: set[str] = set()
    for place, node in enumerate(model.graph.node):
        if not node.name or node.name in names:
            node.name = f"{node.op_type}#{place}"
        names.add(node.name)
    named, prepared = folder / "named.onnx", folder / "prepared.onnx"
    onnx.save(model, str(named))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(prepared)
    onnxruntime.InferenceSession(str(named), options, providers=["CPUExecutionProvider"])
    return prepared


def _facts(source: Path, how: Quantisation, result: ModelProto, kept: int) -> dict[str, Any]:
    convolutions = [node for node in result.graph.node if node.op_type == "Conv"]
    scaled = {name for node in result.graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    return {
        "format": "QDQ",
        "weights": f"int8 of {how.weight_bits} bits, per channel",
        "activations": "uint8",
        "convolutions": len(convolutions),
        "quantised_convolutions": sum(1 for node in convolutions if node.input[1] in scaled),
        "float_nodes": kept,
        "calibration": {
            "method": how.method,
            "images": len(how.calibration.images),
            "sha256": how.calibration.sha256(),
        },
        "source_sha256": digest_of(source),
        "quantiser": f"onnxruntime {onnxruntime.__version__}",
    }


def _describe(result: ModelProto, source: ModelProto, facts: dict[str, Any]) -> None:
    """Carries the description over and removes what the tools left behind."""
    properties = {entry.key: entry.value for entry in source.metadata_props}
    properties[METADATA_KEY] = json.dumps(facts, sort_keys=True)
    del result.metadata_props[:]
    onnx.helper.set_model_props(result, properties)
    domains = {node.domain for node in result.graph.node}
    imports = [one for one in result.opset_import if one.domain in domains]
    del result.opset_import[:]
    result.opset_import.extend(imports)
    for field in ("producer_name", "producer_version", "domain", "doc_string"):
        setattr(result, field, getattr(source, field))
    result.graph.name = source.graph.name
    del result.graph.value_info[:]


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """The quantiser advises on the root logger to do what has been done, and prints a line for each image."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(3)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(before)
        onnxruntime.set_default_logger_severity(2)
