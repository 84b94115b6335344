"""Ray Serve with one replica a core, one image at a time in each."""

from __future__ import annotations

import signal
import sys
from typing import Any

import ray
from ray import serve
from starlette.requests import Request

from detector import Detector

model, port, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


@serve.deployment(num_replicas=workers, max_ongoing_requests=1, ray_actor_options={"num_cpus": 0})
class DetectorDeployment:
    """Image in, findings out."""

    def __init__(self, path: str) -> None:
        self.detector = Detector(path)

    async def __call__(self, request: Request) -> dict[str, Any]:
        """Findings on the file of a form."""
        async with request.form() as form:
            image = await form["file"].read()
        return {"predictions": self.detector.detect(image)}


ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False, logging_level="ERROR")
serve.start(http_options={"host": "127.0.0.1", "port": port})
serve.run(DetectorDeployment.bind(model), route_prefix="/predict")
# Exit handlers run, Ray's shutdown among them; the default for SIGTERM runs none.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    signal.pause()
finally:
    serve.shutdown()
    ray.shutdown()
