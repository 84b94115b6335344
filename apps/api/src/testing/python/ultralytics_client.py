"""Detects with Ultralytics' own client for Triton, unmodified, and prints the boxes as JSON.

Usage: ultralytics_client.py http://HOST:PORT/MODEL IMAGE. The package is the user's (AGPL-3.0) and is only launched
here, as a client of the server under test; nothing of Thorax imports it.
"""

import json
import sys

from ultralytics import YOLO


def main(url, image):
    [result] = YOLO(url, task="detect")(image, device="cpu", verbose=False)
    boxes = [
        {
            "class": result.names[int(box.cls)],
            "confidence": round(float(box.conf), 4),
            "box": [round(float(side), 1) for side in box.xyxy[0]],
        }
        for box in result.boxes
    ]
    print(json.dumps({"boxes": boxes, "names": list(result.names.values())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
