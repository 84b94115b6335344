#!/bin/sh
# Makes the INT8 demonstration detector from the float one. Run at the root of a built checkout, in an environment with
# `pip install ./trainer onnx==1.23.2 onnxruntime==1.30.0`: other versions may give other bytes.
set -eu
WORK=${1:-build/demonstration}
OUT=models/demonstration-int8

# The phantoms of models/demonstration/reproduce.sh: calibration draws from those for training.
[ -f "$WORK/phantoms/data.yaml" ] || node apps/api/dist/cli/write-phantoms.js --out "$WORK/phantoms" --count 2600 \
  --seed 1000 --size 640 --layout yolo --format png --split train=2200,val=200,test=200
python -m thorax_trainer quantise --model models/demonstration/model.onnx --output "$OUT/model.onnx" \
  --calibration "$WORK/phantoms/data.yaml" --images 64 --seed 0 --data "$WORK/phantoms/data.yaml" --max-ap-drop 0.01
