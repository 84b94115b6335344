#!/bin/sh
# Makes the demonstration detector from nothing. Run at the root of a built checkout, in an environment with
# `pip install ./trainer`. NIH is a folder with images.csv, annotations.csv and images/ (see the model card).
set -eu
NIH=${1:?folder of the NIH ChestX-ray14 selection}
WORK=${2:-build/demonstration}
OUT=models/demonstration
trainer() { python -m thorax_trainer "$@"; }
export OMP_WAIT_POLICY=PASSIVE # two busy cores: waiting threads must not spin

node apps/api/dist/cli/write-phantoms.js --out "$WORK/phantoms" --count 2600 --seed 1000 --size 640 \
  --layout yolo --format png --split train=2200,val=200,test=200
trainer import-nih --source "$NIH" --classes "$WORK/phantoms/data.yaml" --output "$WORK/nih"

# 1. From random weights on small images. The run behind the shipped weights was stopped by hand after epoch 7, when
#    validation AP50 had reached 0.98.
trainer train --data "$WORK/phantoms/data.yaml" --output "$WORK/small" --epochs 60 --image-size 192:0.25,256:0.6,320:1 \
  --empty-share 0.4 --learning-rate 0.002 --time-budget-minutes 57 --keep-all-checkpoints
# 2. At the size that the network works on. This is the phantoms-only detector of the cross-validation.
trainer train --data "$WORK/phantoms/data.yaml" --weights "$WORK/small/epoch-007.pt" --output "$WORK/phantoms-only" \
  --epochs 40 --image-size 320 --empty-share 0.4 --learning-rate 0.0012 --warmup-steps 30 --time-budget-minutes 18
trainer export --checkpoint "$WORK/phantoms-only/last.pt" --output "$WORK/phantoms-only/model.onnx"
# 3. Real films mixed in: the shipped weights.
trainer train --data "$WORK/phantoms/data.yaml" --also "$WORK/nih/data.yaml" --also-repeat 12 \
  --weights "$WORK/phantoms-only/last.pt" --output "$WORK/final" --epochs 20 --image-size 320 --empty-share 0.4 \
  --data-limit 700 --learning-rate 0.0006 --warmup-steps 30 --time-budget-minutes 10
trainer export --checkpoint "$WORK/final/last.pt" --output "$OUT/model.onnx"

trainer evaluate --model "$OUT/model.onnx" --data "$WORK/phantoms/data.yaml" --output "$WORK/evaluation" --picture
trainer crossval --data "$WORK/phantoms/data.yaml" --real "$WORK/nih/data.yaml" --real-repeat 12 --folds 4 \
  --weights "$WORK/phantoms-only/last.pt" --output "$WORK/crossval" --epochs 20 --image-size 320 --empty-share 0.4 \
  --data-limit 120 --learning-rate 0.0006 --warmup-steps 20 --time-budget-minutes 3 \
  --compare phantoms_only="$WORK/phantoms-only/model.onnx" --compare shipped_in_sample="$OUT/model.onnx"
trainer card --model "$OUT/model.onnx" --evaluation "$WORK/evaluation/evaluation.json" \
  --crossval "$WORK/crossval/crossval.json" --commands "$OUT/reproduce.sh" \
  --training "$WORK/small/result.json" "$WORK/phantoms-only/result.json" "$WORK/final/result.json"
