"""FastAPI on uvicorn: two threads that each run one image at a time, ONNX Runtime underneath."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from fastapi import FastAPI, UploadFile

from detector import Detector

model, port, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
detector = Detector(model)
threads = ThreadPoolExecutor(workers)
app = FastAPI()


@app.post("/predict")
async def predict(file: UploadFile) -> dict[str, Any]:
    """Findings on one uploaded image."""
    image = await file.read()
    findings = await asyncio.get_running_loop().run_in_executor(threads, detector.detect, image)
    return {"predictions": findings}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
