"""BentoML with one worker process a core, one image at a time in each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bentoml

from detector import Detector


@bentoml.service(workers=int(os.environ["PEER_WORKERS"]), threads=1, traffic={"timeout": 60})
class DetectorService:
    """Image in, findings out."""

    def __init__(self) -> None:
        self.detector = Detector(os.environ["PEER_MODEL"])

    @bentoml.api(route="/predict")
    def predict(self, file: Path) -> dict[str, Any]:
        """Findings on one uploaded image, which BentoML hands over as a file."""
        return {"predictions": self.detector.detect(file.read_bytes())}
