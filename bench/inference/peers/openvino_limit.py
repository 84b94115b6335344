"""OpenVINO without any server: images a second on a ready tensor. `openvino_limit.py MODEL WORKERS SECONDS`"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import openvino

model, workers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
core = openvino.Core()
network = core.read_model(model)
side = network.inputs[0].partial_shape[2].get_length()
network.reshape([1, 3, side, side])
options = {
    "PERFORMANCE_HINT": "THROUGHPUT",
    "INFERENCE_NUM_THREADS": workers,
    "NUM_STREAMS": workers,
    "INFERENCE_PRECISION_HINT": "f32",
}
compiled = core.compile_model(network, "CPU", options)
requests = openvino.AsyncInferQueue(compiled, workers)
image = np.random.default_rng(1).random((1, 3, side, side), np.float32)
for _ in range(2 * workers):
    requests.start_async([image])
requests.wait_all()
images = 0
started, cpu = time.perf_counter(), time.process_time()
while time.perf_counter() - started < seconds:
    requests.start_async([image])
    images += 1
requests.wait_all()
elapsed = time.perf_counter() - started
print(json.dumps({"perSecond": images / elapsed, "cpuMs": 1000 * (time.process_time() - cpu) / images}))
