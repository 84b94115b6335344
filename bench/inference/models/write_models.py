"""Writes YOLO11 detectors with random weights: the right work for a benchmark, no knowledge at all.

python write_models.py --out bench/models-cache --variants n l --sizes 640
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx

from onnx_graph import Feature, OnnxGraph
from yolo11 import SCALES, STRIDES, Yolo11

CLASSES = (
    "Aortic enlargement",
    "Atelectasis",
    "Calcification",
    "Cardiomegaly",
    "Consolidation",
    "ILD",
    "Infiltration",
    "Lung Opacity",
    "Nodule/Mass",
    "Other lesion",
    "Pleural effusion",
    "Pleural thickening",
    "Pneumothorax",
    "Pulmonary fibrosis",
)


def write(variant: str, size: int, folder: Path) -> dict[str, object]:
    """Writes one model; says what it holds and what an image costs."""
    graph = OnnxGraph(seed=11)
    image = Feature("images", (3, size, size))
    output = Yolo11(graph, SCALES[variant], len(CLASSES)).detect(image)
    metadata = {
        "description": f"YOLO11{variant} architecture with random weights",
        "task": "detect",
        "stride": str(max(STRIDES)),
        "imgsz": str([size, size]),
        "names": str(dict(enumerate(CLASSES))),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{variant}{size}.onnx"
    onnx.save(graph.finish(f"yolo11{variant}", image, output, metadata), path)
    return {
        "file": path.name,
        "parameters": graph.parameters,
        "gigaflops": round(2 * graph.multiply_adds / 1e9, 2),
        "output": list(output.shape),
    }


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--variants", nargs="+", choices=sorted(SCALES), default=["n", "l"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[640])
    options = parser.parse_args()
    for variant in options.variants:
        for size in options.sizes:
            print(json.dumps(write(variant, size, options.out)))


if __name__ == "__main__":
    main()
