"""Talks to a server with KServe's unmodified REST client, and prints what it saw as JSON lines.

Usage: kserve_client.py http://HOST:PORT MODEL SIDE, for a model of 3 x SIDE x SIDE.
"""

import asyncio
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig


def say(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


def request(model, values, binary):
    tensor = InferInput("images", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values, binary_data=binary)
    return InferRequest(model, [tensor], request_id="mine")


async def main(base, model, side):
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    say("health", live=await client.is_server_live(base), ready=await client.is_server_ready(base),
        model=await client.is_model_ready(base, model))
    for binary in (False, True):
        values = np.full((1, 3, int(side), int(side)), 0.1, dtype=np.float32)
        answer = await client.infer(base, request(model, values, binary), model_name=model)
        [output] = answer.outputs
        say("binary" if binary else "json", id=answer.id, shape=list(output.shape),
            best=round(float(output.as_numpy()[:, 4:].max()), 4))
    try:
        await client.infer(base, request(model, np.zeros((1, 2), dtype=np.float32), False), model_name=model)
    except Exception as error:  # noqa: BLE001 - the client's own class is part of httpx, not of its face
        say("wrong shape", message=str(error))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
