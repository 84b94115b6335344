"""Talks to a server with NVIDIA's unmodified tritonclient over gRPC, and prints what it saw as JSON lines.

Usage: triton_grpc_client.py HOST:PORT MODEL. Exits with 1, and a traceback, at the first surprise.
"""

import json
import queue
import sys

import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException

SIDE = 64
TIMEOUT_S = 60


def say(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


def image(level, count=1):
    return np.full((count, 3, SIDE, SIDE), level, dtype=np.float32)


def tensor(values, name="images", datatype="FP32"):
    built = triton.InferInput(name, list(values.shape), datatype)
    built.set_data_from_numpy(values)
    return built


def best_of(result):
    return round(float(result.as_numpy("output0")[:, 4:].max()), 4)


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    raise AssertionError("the server did not refuse")


def documents(client, model):
    say("health", live=client.is_server_live(), ready=client.is_server_ready(), model=client.is_model_ready(model),
        stranger=client.is_model_ready("stranger"))
    say("server", **client.get_server_metadata(as_json=True))
    say("metadata", **client.get_model_metadata(model, "1", as_json=True))
    say("config", **client.get_model_config(model, as_json=True)["config"])
    say("index", **client.get_model_repository_index(as_json=True))
    say("logging", **client.get_log_settings(as_json=True))
    say("trace", **client.get_trace_settings(as_json=True))


def infer(client, model, step, values, **options):
    result = client.infer(model, [tensor(values)], **options)
    found = result.as_numpy("output0")
    answer = result.get_response(as_json=True)
    say(step, shape=list(found.shape), dtype=str(found.dtype), best=best_of(result), id=answer.get("id"),
        parameters=answer.get("parameters"))
    return found


def inferences(client, model):
    reference = infer(client, model, "raw", image(0.1), request_id="mine")
    for step, options in {
        "named output": {"outputs": [triton.InferRequestedOutput("output0")]},
        "gzip": {"compression_algorithm": "gzip"},
        "deflate": {"compression_algorithm": "deflate"},
        "priority and timeout": {"priority": 1, "timeout": 20_000_000},
        "sequence": {"sequence_id": 7, "sequence_start": True, "sequence_end": True},
        "client timeout": {"client_timeout": TIMEOUT_S},
    }.items():
        found = infer(client, model, step, image(0.1), **options)
        assert np.array_equal(found, reference), step
    infer(client, model, "batch of two", image(0.1, 2))
    typed(client, model, reference)
    asynchronous(client, model)


def typed(client, model, reference):
    """Elements as numbers of the message, which tritonclient itself never sends."""
    request = service_pb2.ModelInferRequest(model_name=model)
    entry = request.inputs.add(name="images", datatype="FP32", shape=[1, 3, SIDE, SIDE])
    entry.contents.fp32_contents.extend(image(0.1).ravel().tolist())
    result = triton.InferResult(client._client_stub.ModelInfer(request))
    assert np.array_equal(result.as_numpy("output0"), reference)
    say("typed", best=best_of(result))


def asynchronous(client, model):
    answers = queue.Queue()
    for level in range(5):
        client.async_infer(model, [tensor(image(level / 10))], lambda result, error: answers.put((result, error)))
    best = []
    for _ in range(5):
        result, error = answers.get(timeout=TIMEOUT_S)
        assert error is None, error
        best.append(best_of(result))
    say("asynchronous", best=sorted(best))


def stream(client, model):
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    wrong = np.zeros((1, 3, SIDE, SIDE // 2), dtype=np.float32)
    for level in range(10):
        values = wrong if level == 4 else image(level / 20)
        client.async_stream_infer(model, [tensor(values)], request_id=str(level))
    seen = [answers.get(timeout=TIMEOUT_S) for _ in range(10)]
    client.stop_stream()
    say("stream", ids=[None if result is None else result.get_response().id for result, _ in seen],
        best=[None if result is None else best_of(result) for result, _ in seen],
        errors=[None if error is None else error.message() for _, error in seen])


def refusals(client, model):
    wrong = np.zeros((1, 3, SIDE, SIDE // 2), dtype=np.float32)
    say("wrong shape", **refused(lambda: client.infer(model, [tensor(wrong)])))
    say("wrong name", **refused(lambda: client.infer(model, [tensor(image(0), name="pictures")])))
    eight_bit = np.zeros((1, 3, SIDE, SIDE), dtype=np.uint8)
    say("wrong type", **refused(lambda: client.infer(model, [tensor(eight_bit, datatype="UINT8")])))
    say("not a number", **refused(lambda: client.infer(model, [tensor(image(np.nan))])))
    say("unknown model", **refused(lambda: client.infer("stranger", [tensor(image(0))])))
    say("unknown version", **refused(lambda: client.infer(model, [tensor(image(0))], model_version="9")))
    say("files", **refused(lambda: client.load_model(model, config="{}", files={"file:1/model.onnx": b"x"})))
    say("unload", **refused(lambda: client.unload_model(model)))
    say("shared memory", **refused(client.get_system_shared_memory_status))
    say("log settings", **refused(lambda: client.update_log_settings({"log_verbose_level": 1})))
    say("client timeout too short", **refused(lambda: client.infer(model, [tensor(image(0))], client_timeout=1e-6)))


def main(address, model):
    client = triton.InferenceServerClient(address)
    documents(client, model)
    inferences(client, model)
    stream(client, model)
    client.load_model(model)
    refusals(client, model)
    say("stats", **client.get_inference_statistics(model, as_json=True)["model_stats"][0])
    say("all stats", models=[entry.name for entry in client.get_inference_statistics().model_stats])
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
