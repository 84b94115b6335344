"""MLServer with a runtime of its own, one inference process a core; images travel as base64 in the V2 protocol."""

from __future__ import annotations

import asyncio
import json
import sys

from mlserver import MLModel, MLServer, ModelSettings, Settings, types
from mlserver.codecs import Base64Codec, StringCodec
from mlserver.settings import ModelParameters

from detector import Detector


class DetectorRuntime(MLModel):
    """Image in, findings out."""

    async def load(self) -> bool:
        """Called once in each worker."""
        self.detector = Detector(self.settings.parameters.uri)
        return True

    async def predict(self, payload: types.InferenceRequest) -> types.InferenceResponse:
        """Findings on one image, as one JSON string."""
        [image] = Base64Codec.decode_input(payload.inputs[0])
        answer = json.dumps({"predictions": self.detector.detect(image)})
        return types.InferenceResponse(model_name=self.name, outputs=[StringCodec.encode_output("answer", [answer])])


async def serve(model: str, port: int, workers: int) -> None:
    """Runs until it is told to stop."""
    settings = Settings(
        host="127.0.0.1",
        http_port=port,
        grpc_port=port + 1,
        metrics_port=port + 2,
        parallel_workers=workers,
        debug=False,
    )
    server = MLServer(settings)
    parameters = ModelParameters(uri=model)
    await server.start([ModelSettings(name="detector", implementation=DetectorRuntime, parameters=parameters)])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
