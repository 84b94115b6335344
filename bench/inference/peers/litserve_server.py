"""LitServe with one worker process a core."""

import sys
from typing import Any

import litserve
from fastapi import Request

from detector import Detector


class DetectorApi(litserve.LitAPI):
    """Image in, findings out."""

    def setup(self, device: str) -> None:
        """Called once in each worker."""
        self.detector = Detector(sys.argv[1])

    def decode_request(self, request: Request) -> bytes:
        """The form's file; what LitServe hands over is the form, in spite of the type it asks for."""
        return request["file"].file.read()

    def predict(self, image: bytes) -> list[dict[str, Any]]:
        """Findings on one image."""
        return self.detector.detect(image)

    def encode_response(self, findings: list[dict[str, Any]]) -> dict[str, Any]:
        """The answer as others give it."""
        return {"predictions": findings}


if __name__ == "__main__":
    server = litserve.LitServer(DetectorApi(), accelerator="cpu", workers_per_device=int(sys.argv[3]), timeout=60)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", generate_client_file=False)
