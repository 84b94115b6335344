"""Which nodes of a detector stay in float: both of its ends.

The beginning: the convolutions on the image, with the pooling before and the activation behind them. Three channels
fill no vector of bytes, so that eight bits make them slower, and their error would run through everything.

The end: the last convolutions and what decodes them. Eight bits over the range of all logits are too coarse for a
score, and far too coarse for a box in pixels.

Both are found by the shape of the graph. Because they stay as exported, what rewrites ends of float graphs (cutting the
head, folding the input) works on the quantised file as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import GraphProto, NodeProto

POOLING = {"AveragePool", "MaxPool"}
SHAPE_ONLY = {"Shape", "Size"}
"""What looks at a value's shape computes nothing from it."""


class GraphView:
    """Who makes and who uses each value of a graph."""

    def __init__(self, graph: GraphProto) -> None:
        self.graph = graph
        self.users: dict[str, list[NodeProto]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self.users[name].append(node)
        self.constants = {tensor.name: tensor for tensor in graph.initializer}

    def is_convolution(self, node: NodeProto) -> bool:
        """Whether the node is a learned convolution: not the expectation over 0, 1, 2, … of distribution focal loss
        (https://arxiv.org/abs/2006.04388), which some exporters write as one."""
        if node.op_type != "Conv":
            return False
        weights = self.constants.get(node.input[1])
        if weights is None or weights.dims[0] != 1:
            return True
        values = onnx.numpy_helper.to_array(weights).ravel()
        return values.size < 2 or not np.array_equal(values, np.arange(values.size))


def float_nodes(graph: GraphProto) -> list[str]:
    """Names of the nodes that stay in float, in the graph's order. Nodes must have names and be sorted."""
    view = GraphView(graph)
    kept = beginning(view) | end(view)
    return [node.name for node in graph.node if node.name in kept]


def beginning(view: GraphView) -> set[str]:
    """The convolutions on the image, pooling before and the activation behind them."""
    found: set[str] = set()
    waiting = [value.name for value in view.graph.input if value.name not in view.constants]
    while waiting:
        for node in view.users[waiting.pop()]:
            if node.op_type in POOLING and node.name not in found:
                waiting += node.output
            elif view.is_convolution(node):
                found.update(one.name for one in _activation(view, node.output[0]))
            else:
                continue
            found.add(node.name)
    return found


def end(view: GraphView) -> set[str]:
    """Every node from which no learned convolution can be reached, the last convolutions themselves included."""
    leads_on: dict[str, bool] = {}
    for node in reversed(view.graph.node):
        users = _computing(user for output in node.output for user in view.users[output])
        leads_on[node.name] = any(leads_on[user.name] or view.is_convolution(user) for user in users)
    return {name for name, leads in leads_on.items() if not leads}


def _activation(view: GraphView, value: str) -> list[NodeProto]:
    """The element-wise activation that is all that uses a value: one node, or a sigmoid and the product with it."""
    users = _computing(view.users[value])
    if len(users) == 1 and len(users[0].input) == 1 and len(users[0].output) == 1:
        return [] if users[0].op_type in POOLING else users
    gate = next((user for user in users if user.op_type == "Sigmoid"), None)
    product = next((user for user in users if user.op_type == "Mul"), None)
    is_silu = gate and product and len(users) == 2 and set(product.input) == {value, gate.output[0]}
    return users if is_silu else []


def _computing(users: Iterable[NodeProto]) -> list[NodeProto]:
    return [user for user in users if user.op_type not in SHAPE_ONLY]
