"""The YOLO11 detector as its description has it: backbone, neck and decoupled head, boxes decoded inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from onnx_graph import Feature, OnnxGraph

BINS = 16
STRIDES = (8, 16, 32)
# What is added to a feature is weaker than the feature, or activations would grow with every block.
RESIDUAL_GAIN = 0.3
# Weak signals stay weak; strong ones would grow, for SiLU passes them on whole.
STEM_GAIN = 0.05
SCORE_BIAS = -6.0


@dataclass(frozen=True)
class Scale:
    """How deep and wide a variant is.

    `nested` puts small CSP blocks inside every CSP block. `score_gain` has nothing to do with the architecture: it
    spreads random scores so that some anchors pass a threshold of 0.25 and there is something to suppress.
    """

    depth: float
    width: float
    max_channels: int
    nested: bool
    score_gain: float

    def channels(self, nominal: int) -> int:
        """Channels of a layer, a multiple of eight."""
        return int(np.ceil(min(nominal, self.max_channels) * self.width / 8)) * 8

    def repeats(self, nominal: int) -> int:
        """Blocks in a row, at least one."""
        return max(1, round(nominal * self.depth))


SCALES = {
    "n": Scale(depth=0.5, width=0.25, max_channels=1024, nested=False, score_gain=280.0),
    "l": Scale(depth=1.0, width=1.0, max_channels=512, nested=True, score_gain=150.0),
}


class Yolo11:
    """Draws one variant into a graph."""

    def __init__(self, graph: OnnxGraph, scale: Scale, classes: int) -> None:
        self.graph = graph
        self.scale = scale
        self.classes = classes

    def detect(self, image: Feature) -> Feature:
        """Image [3, S, S] to boxes and scores [4 + classes, anchors]: centre and size in pixels, scores 0..1."""
        return self._head(self._neck(*self._backbone(image)), image.shape[1])

    def _backbone(self, x: Feature) -> tuple[Feature, Feature, Feature]:
        x = self._down(x, 64, "/model.0", gain=STEM_GAIN)
        x = self._csp(self._down(x, 128, "/model.1"), 256, "/model.2", expansion=0.25)
        p3 = self._csp(self._down(x, 256, "/model.3"), 512, "/model.4", expansion=0.25)
        p4 = self._csp(self._down(p3, 512, "/model.5"), 512, "/model.6", nested=True)
        x = self._csp(self._down(p4, 1024, "/model.7"), 1024, "/model.8", nested=True)
        p5 = self._attend(self._pool_pyramid(x, "/model.9"), "/model.10")
        return p3, p4, p5

    def _neck(self, p3: Feature, p4: Feature, p5: Feature) -> tuple[Feature, Feature, Feature]:
        g = self.graph
        up4 = g.concat([self._upsample(p5, "/model.11"), p4], "/model.12/Concat")
        inner4 = self._csp(up4, 512, "/model.13")
        up3 = g.concat([self._upsample(inner4, "/model.14"), p3], "/model.15/Concat")
        out3 = self._csp(up3, 256, "/model.16")
        down4 = g.concat([self._down(out3, 256, "/model.17"), inner4], "/model.18/Concat")
        out4 = self._csp(down4, 512, "/model.19")
        down5 = g.concat([self._down(out4, 512, "/model.20"), p5], "/model.21/Concat")
        return out3, out4, self._csp(down5, 1024, "/model.22", nested=True)

    def _down(self, x: Feature, nominal: int, path: str, gain: float = 1.0) -> Feature:
        return self.graph.conv(x, self.scale.channels(nominal), f"{path}/conv", kernel=3, stride=2, gain=gain)

    def _upsample(self, x: Feature, path: str) -> Feature:
        scales = self.graph.constant(f"{path}.scales", np.array([1, 1, 2, 2], np.float32))
        shape = (x.channels, x.shape[1] * 2, x.shape[2] * 2)
        return self.graph.node(
            "Resize",
            [x.name, "", scales],
            f"{path}/Resize",
            shape,
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )

    def _csp(self, x: Feature, nominal: int, path: str, *, nested: bool = False, expansion: float = 0.5) -> Feature:
        """C3k2: half of the channels goes through blocks in a row, and every stage of it is kept."""
        g = self.graph
        channels = self.scale.channels(nominal)
        inner = int(channels * expansion)
        stages = g.split(g.conv(x, 2 * inner, f"{path}/cv1"), [inner, inner], f"{path}/Split")
        for index in range(self.scale.repeats(2)):
            block = self._nested_csp if nested or self.scale.nested else self._bottleneck
            stages.append(block(stages[-1], f"{path}/m.{index}"))
        return g.conv(g.concat(stages, f"{path}/Concat"), channels, f"{path}/cv2")

    def _nested_csp(self, x: Feature, path: str) -> Feature:
        """C3k: one way through two bottlenecks, one past them."""
        g = self.graph
        inner = x.channels // 2
        deep = g.conv(x, inner, f"{path}/cv1")
        for index in range(2):
            deep = self._bottleneck(deep, f"{path}/m.{index}", expansion=1.0)
        past = g.conv(x, inner, f"{path}/cv2")
        return g.conv(g.concat([deep, past], f"{path}/Concat"), x.channels, f"{path}/cv3")

    def _bottleneck(self, x: Feature, path: str, expansion: float = 0.5) -> Feature:
        g = self.graph
        y = g.conv(x, int(x.channels * expansion), f"{path}/cv1", kernel=3)
        return g.add(x, g.conv(y, x.channels, f"{path}/cv2", kernel=3, gain=RESIDUAL_GAIN), f"{path}/Add")

    def _pool_pyramid(self, x: Feature, path: str) -> Feature:
        """SPPF: three poolings in a row see ever larger surroundings."""
        g = self.graph
        levels = [g.conv(x, x.channels // 2, f"{path}/cv1")]
        for index in range(3):
            window: dict[str, Any] = {"kernel_shape": [5, 5], "strides": [1, 1], "pads": [2, 2, 2, 2]}
            name = f"{path}/m/MaxPool_{index}"
            levels.append(g.node("MaxPool", [levels[-1].name], name, levels[0].shape, **window))
        return g.conv(g.concat(levels, f"{path}/Concat"), x.channels, f"{path}/cv2")

    def _attend(self, x: Feature, path: str) -> Feature:
        """C2PSA: half of the channels goes through attention blocks."""
        g = self.graph
        inner = x.channels // 2
        past, y = g.split(g.conv(x, 2 * inner, f"{path}/cv1"), [inner, inner], f"{path}/Split")
        for index in range(self.scale.repeats(2)):
            block = f"{path}/m.{index}"
            y = g.add(y, self._attention(y, f"{block}/attn"), f"{block}/Add")
            wide = g.conv(y, 2 * inner, f"{block}/ffn.0")
            narrow = g.conv(wide, inner, f"{block}/ffn.1", activation=False, gain=RESIDUAL_GAIN)
            y = g.add(y, narrow, f"{block}/Add_1")
        return g.conv(g.concat([past, y], f"{path}/Concat"), x.channels, f"{path}/cv2")

    def _attention(self, x: Feature, path: str) -> Feature:
        """Multi-head self-attention over all positions; values also pass a depthwise convolution for their place."""
        g = self.graph
        heads, head = x.channels // 64, 64
        key = head // 2
        positions = x.shape[1] * x.shape[2]
        qkv = g.conv(x, heads * (2 * key + head), f"{path}/qkv", activation=False)
        by_head = g.reshape(qkv, (heads, 2 * key + head, positions), f"{path}/Reshape")
        queries, keys, values = g.split(by_head, [key, key, head], f"{path}/Split", axis=2)
        asked = g.node("Transpose", [queries.name], f"{path}/Transpose", (heads, positions, key), perm=[0, 1, 3, 2])
        scores = g.matmul(asked, keys, f"{path}/MatMul")
        factor = g.constant(f"{path}.scale", np.array(key**-0.5, np.float32))
        scaled = g.node("Mul", [scores.name, factor], f"{path}/Mul", scores.shape)
        weights = g.node("Softmax", [scaled.name], f"{path}/Softmax", scores.shape, axis=-1)
        turned = g.node("Transpose", [weights.name], f"{path}/Transpose_1", scores.shape, perm=[0, 1, 3, 2])
        mixed = g.reshape(g.matmul(values, turned, f"{path}/MatMul_1"), x.shape, f"{path}/Reshape_1")
        placed = g.reshape(values, x.shape, f"{path}/Reshape_2")
        placed = g.conv(placed, x.channels, f"{path}/pe", kernel=3, groups=x.channels, activation=False)
        both = g.add(mixed, placed, f"{path}/Add")
        return g.conv(both, x.channels, f"{path}/proj", activation=False, gain=RESIDUAL_GAIN)

    def _head(self, levels: tuple[Feature, Feature, Feature], side: int) -> Feature:
        g = self.graph
        outputs = [self._level(level, levels[0].channels, f"/model.23/{index}") for index, level in enumerate(levels)]
        joined = g.node(
            "Concat",
            [output.name for output in outputs],
            "/model.23/Concat",
            (outputs[0].channels, sum(output.shape[1] for output in outputs)),
            axis=2,
        )
        boxes, scores = g.split(joined, [4 * BINS, self.classes], "/model.23/Split")
        decoded = self._decode(boxes, side)
        likely = g.node("Sigmoid", [scores.name], "/model.23/Sigmoid", scores.shape)
        return g.concat([decoded, likely], "/model.23/Concat_1")

    def _level(self, x: Feature, first: int, path: str) -> Feature:
        """Box distributions and class scores of one stride, by separate branches."""
        g = self.graph
        box_channels = max(16, first // 4, 4 * BINS)
        score_channels = max(first, min(self.classes, 100))
        box = g.conv(x, box_channels, f"{path}/cv2.0", kernel=3)
        box = g.conv(box, box_channels, f"{path}/cv2.1", kernel=3)
        box = g.conv(box, 4 * BINS, f"{path}/cv2.2", activation=False)
        score = g.conv(x, x.channels, f"{path}/cv3.0.0", kernel=3, groups=x.channels)
        score = g.conv(score, score_channels, f"{path}/cv3.0.1")
        score = g.conv(score, score_channels, f"{path}/cv3.1.0", kernel=3, groups=score_channels)
        score = g.conv(score, score_channels, f"{path}/cv3.1.1")
        gain = self.scale.score_gain
        score = g.conv(score, self.classes, f"{path}/cv3.2", activation=False, gain=gain, bias=SCORE_BIAS)
        both = g.concat([box, score], f"{path}/Concat")
        return g.reshape(both, (both.channels, both.shape[1] * both.shape[2]), f"{path}/Reshape")

    def _decode(self, boxes: Feature, side: int) -> Feature:
        """Distance to each edge as the mean of its distribution (DFL), then centre and size in pixels."""
        g = self.graph
        path = "/model.23/dfl"
        count = boxes.shape[1]
        binned = g.reshape(boxes, (4, BINS, count), f"{path}/Reshape")
        turned = g.node("Transpose", [binned.name], f"{path}/Transpose", (BINS, 4, count), perm=[0, 2, 1, 3])
        likely = g.node("Softmax", [turned.name], f"{path}/Softmax", turned.shape, axis=1)
        bins = g.constant(f"{path}.weight", np.arange(BINS, dtype=np.float32).reshape(1, BINS, 1, 1))
        mean = g.node("Conv", [likely.name, bins], f"{path}/Conv", (1, 4, count), kernel_shape=[1, 1])
        near, far = g.split(g.reshape(mean, (4, count), f"{path}/Reshape_1"), [2, 2], f"{path}/Split")
        points, strides = anchors(side)
        anchor = g.constant("/model.23.anchors", points)
        start = g.node("Sub", [anchor, near.name], "/model.23/Sub", near.shape)
        end = g.node("Add", [anchor, far.name], "/model.23/Add", far.shape)
        two = g.constant("/model.23.two", np.array(2, np.float32))
        summed = g.add(start, end, "/model.23/Add_1")
        centre = g.node("Div", [summed.name, two], "/model.23/Div", near.shape)
        size = g.node("Sub", [end.name, start.name], "/model.23/Sub_1", near.shape)
        placed = g.concat([centre, size], "/model.23/Concat_2")
        return g.node("Mul", [placed.name, g.constant("/model.23.strides", strides)], "/model.23/Mul", placed.shape)


def anchors(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Cell centres [1, 2, N] in units of their stride, and the strides [1, N]."""
    points, strides = [], []
    for stride in STRIDES:
        cells = np.arange(side // stride, dtype=np.float32) + 0.5
        y, x = np.meshgrid(cells, cells, indexing="ij")
        points.append(np.stack([x.ravel(), y.ravel()]))
        strides.append(np.full(x.size, stride, np.float32))
    return np.concatenate(points, axis=1)[None], np.concatenate(strides)[None]
