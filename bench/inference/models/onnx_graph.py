"""Writes an ONNX graph node by node, following every shape so that parameters and work can be counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
# SiLU halves a weak signal; weights that double it again keep activations at one scale through the depth.
SILU_SECOND_MOMENT = 0.25


@dataclass(frozen=True)
class Feature:
    """A value in the graph and its shape without the batch."""

    name: str
    shape: tuple[int, ...]

    @property
    def channels(self) -> int:
        """The first dimension after the batch."""
        return self.shape[0]


class OnnxGraph:
    """One graph in the making. Weights are random, drawn from `seed`; convolutions have their batch norm folded in."""

    def __init__(self, seed: int) -> None:
        self.parameters = 0
        self.multiply_adds = 0
        self._random = np.random.default_rng(seed)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """An initializer that is no trained parameter."""
        self._constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: Sequence[str], path: str, shape: Sequence[int], **attributes: Any) -> Feature:
        """A node of one output."""
        return self.nodes(kind, inputs, path, [tuple(shape)], **attributes)[0]

    def nodes(
        self, kind: str, inputs: Sequence[str], path: str, shapes: Sequence[tuple[int, ...]], **attributes: Any
    ) -> list[Feature]:
        """A node of several outputs."""
        names = [f"{path}_output_{index}" for index in range(len(shapes))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=path, **attributes))
        return [Feature(name, shape) for name, shape in zip(names, shapes, strict=True)]

    def conv(
        self,
        x: Feature,
        channels: int,
        path: str,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activation: bool = True,
        gain: float = 1.0,
        bias: float = 0.0,
    ) -> Feature:
        """Convolution with bias and, unless told otherwise, SiLU; padded to keep the size."""
        weights = self._filters((channels, x.channels // groups, kernel, kernel), gain)
        self.parameters += weights.size + channels
        height, width = (side // stride for side in x.shape[1:])
        self.multiply_adds += weights.size * height * width
        y = self.node(
            "Conv",
            [
                x.name,
                self.constant(f"{path}.weight", weights),
                self.constant(f"{path}.bias", np.full(channels, bias, np.float32)),
            ],
            f"{path}/Conv",
            (channels, height, width),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2] * 4,
            group=groups,
        )
        return self.silu(y, path) if activation else y

    def silu(self, x: Feature, path: str) -> Feature:
        """x · sigmoid(x)."""
        gate = self.node("Sigmoid", [x.name], f"{path}/Sigmoid", x.shape)
        return self.node("Mul", [x.name, gate.name], f"{path}/Mul", x.shape)

    def add(self, a: Feature, b: Feature, path: str) -> Feature:
        """Sum of two features of one shape."""
        return self.node("Add", [a.name, b.name], path, a.shape)

    def concat(self, features: Sequence[Feature], path: str) -> Feature:
        """Features of one size, joined along their channels."""
        channels = sum(feature.channels for feature in features)
        shape = (channels, *features[0].shape[1:])
        return self.node("Concat", [feature.name for feature in features], path, shape, axis=1)

    def split(self, x: Feature, sizes: Sequence[int], path: str, axis: int = 1) -> list[Feature]:
        """Parts of a feature along one axis (0 is the batch)."""
        parts = self.constant(f"{path}.sizes", np.array(sizes, np.int64))
        shapes = [(*x.shape[: axis - 1], size, *x.shape[axis:]) for size in sizes]
        return self.nodes("Split", [x.name, parts], path, shapes, axis=axis)

    def reshape(self, x: Feature, shape: Sequence[int], path: str) -> Feature:
        """Another shape for each image; the batch stays as it is."""
        target = self.constant(f"{path}.shape", np.array([0, *shape], np.int64))
        return self.node("Reshape", [x.name, target], path, shape)

    def matmul(self, a: Feature, b: Feature, path: str) -> Feature:
        """Product of the last two dimensions."""
        shape = (*a.shape[:-1], b.shape[-1])
        self.multiply_adds += math.prod(shape) * a.shape[-1]
        return self.node("MatMul", [a.name, b.name], path, shape)

    def finish(self, name: str, image: Feature, output: Feature, metadata: dict[str, str]) -> onnx.ModelProto:
        """The model, checked, with its custom metadata."""
        self._nodes.append(helper.make_node("Identity", [output.name], ["output0"], name="output"))
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(image.name, TensorProto.FLOAT, ["batch", *image.shape])],
            [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", *output.shape])],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _filters(self, shape: tuple[int, int, int, int], gain: float) -> np.ndarray:
        """Filters that sum to nothing, as batch norm would have it, so that no offset builds up over the depth."""
        fan_in = math.prod(shape[1:])
        filters = self._random.standard_normal(shape, np.float32)
        if fan_in > 1:
            filters -= filters.mean(axis=(1, 2, 3), keepdims=True)
        return filters * np.float32(gain / math.sqrt(SILU_SECOND_MOMENT * fan_in))
