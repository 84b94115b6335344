"""MLServer runtime that serves an ONNX detector: the model of `parameters.uri`, described by the file itself."""

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError
from mlserver.types import InferenceRequest, InferenceResponse, MetadataTensor
from mlserver.utils import get_model_uri

DATATYPES = {
    "tensor(float)": "FP32",
    "tensor(float16)": "FP16",
    "tensor(uint8)": "UINT8",
    "tensor(int64)": "INT64",
}


def described(tensor):
    shape = [side if isinstance(side, int) else -1 for side in tensor.shape]
    return MetadataTensor(name=tensor.name, datatype=DATATYPES[tensor.type], shape=shape)


class OnnxServed(MLModel):
    async def load(self) -> bool:
        path = await get_model_uri(self.settings)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs = [described(tensor) for tensor in self.session.get_inputs()]
        self.outputs = [described(tensor) for tensor in self.session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        wanted = [output.name for output in payload.outputs or self.outputs]
        feeds = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        try:
            answers = self.session.run(wanted, feeds)
        except Exception as error:
            raise InferenceError(str(error)) from error
        outputs = [NumpyCodec.encode_output(name, np.asarray(value)) for name, value in zip(wanted, answers)]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
