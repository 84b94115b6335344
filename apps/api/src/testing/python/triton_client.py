"""Talks to a server with NVIDIA's unmodified tritonclient over HTTP, and prints what it saw as JSON lines.

Usage: triton_client.py HOST:PORT MODEL. Exits with 1, and a traceback, at the first surprise.
"""

import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

SIDE = 64


def say(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


def image(level, count=1):
    return np.full((count, 3, SIDE, SIDE), level, dtype=np.float32)


def tensor(values, binary=True, name="images", datatype="FP32"):
    built = triton.InferInput(name, list(values.shape), datatype)
    built.set_data_from_numpy(values, binary_data=binary)
    return built


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    raise AssertionError("the server did not refuse")


def documents(client, model):
    say("health", live=client.is_server_live(), ready=client.is_server_ready(), model=client.is_model_ready(model),
        stranger=client.is_model_ready("stranger"))
    say("server", **client.get_server_metadata())
    say("metadata", **client.get_model_metadata(model, "1"))
    say("config", **client.get_model_config(model))
    say("index", entries=client.get_model_repository_index())
    say("logging", **client.get_log_settings())
    say("trace", **client.get_trace_settings())


def infer(client, model, step, values, outputs=None, **options):
    result = client.infer(model, [tensor(values, options.pop("binary", True))], outputs=outputs, **options)
    found = result.as_numpy("output0")
    say(step, shape=list(found.shape), dtype=str(found.dtype), best=round(float(found[:, 4:].max()), 4),
        id=result.get_response().get("id"), parameters=result.get_response().get("parameters"))
    return found


def inferences(client, model):
    reference = infer(client, model, "binary", image(0.1), request_id="mine")
    wanted = [triton.InferRequestedOutput("output0", binary_data=False)]
    for step, options in {
        "json": {"binary": False, "outputs": wanted},
        "binary in, json out": {"outputs": wanted},
        "json in, binary out": {"binary": False},
        "gzip": {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"},
        "deflate": {"request_compression_algorithm": "deflate", "response_compression_algorithm": "deflate"},
        "priority and timeout": {"priority": 1, "timeout": 20_000_000},
    }.items():
        found = infer(client, model, step, image(0.1), **options)
        assert np.array_equal(found, reference), step
    infer(client, model, "batch of two", image(0.1, 2))
    pending = [client.async_infer(model, [tensor(image(level / 10))]) for level in range(5)]
    best = [round(float(request.get_result().as_numpy("output0")[:, 4:].max()), 4) for request in pending]
    say("asynchronous", best=best)


def refusals(client, model):
    wrong = np.zeros((1, 3, SIDE, SIDE // 2), dtype=np.float32)
    say("wrong shape", **refused(lambda: client.infer(model, [tensor(wrong)])))
    say("wrong name", **refused(lambda: client.infer(model, [tensor(image(0), name="pictures")])))
    eight_bit = np.zeros((1, 3, SIDE, SIDE), dtype=np.uint8)
    say("wrong type", **refused(lambda: client.infer(model, [tensor(eight_bit, datatype="UINT8")])))
    say("not a number", **refused(lambda: client.infer(model, [tensor(image(np.nan), binary=False)])))
    say("unknown model", **refused(lambda: client.infer("stranger", [tensor(image(0))])))
    say("unknown version", **refused(lambda: client.infer(model, [tensor(image(0))], model_version="9")))
    say("files", **refused(lambda: client.load_model(model, config="{}", files={"file:1/model.onnx": b"x"})))
    say("unload", **refused(lambda: client.unload_model(model)))
    say("shared memory", **refused(client.get_system_shared_memory_status))


def main(address, model):
    client = triton.InferenceServerClient(address, concurrency=4)
    documents(client, model)
    inferences(client, model)
    client.load_model(model)
    refusals(client, model)
    say("stats", **client.get_inference_statistics(model)["model_stats"][0])
    say("all stats", models=[entry["name"] for entry in client.get_inference_statistics()["model_stats"]])
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
