"""Talks to a server with KServe's unmodified gRPC client, and prints what it saw as JSON lines.

Usage: kserve_grpc_client.py HOST:PORT MODEL SIDE, for a model of 3 x SIDE x SIDE.
"""

import asyncio
import json
import sys

import grpc
import numpy as np
from kserve import InferenceGRPCClient, InferInput, InferRequest


def say(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


def request(model, values, binary):
    tensor = InferInput("images", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values, binary_data=binary)
    return InferRequest(model, [tensor], request_id="mine")


async def main(address, model, side):
    client = InferenceGRPCClient(address)
    say("health", live=await client.is_server_live(), ready=await client.is_server_ready(),
        model=await client.is_model_ready(model))
    for binary in (False, True):
        values = np.full((1, 3, int(side), int(side)), 0.1, dtype=np.float32)
        answer = await client.infer(request(model, values, binary))
        [output] = answer.outputs
        say("raw" if binary else "typed", id=answer.id, shape=list(output.shape),
            best=round(float(output.as_numpy()[:, 4:].max()), 4))
    try:
        await client.infer(request(model, np.zeros((1, 2), dtype=np.float32), True))
    except grpc.RpcError as error:
        say("wrong shape", status=error.code().name, message=error.details())
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
