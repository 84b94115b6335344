import type { Prediction } from '../api/prediction';

/** A rectangle; in fractions of the image when it belongs to a finding. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One possible abnormality that the model points at. */
export interface Finding {
  id: number;
  /** 1 for the most confident; what the reader sees as its number. */
  number: number;
  className: string;
  /** The model's score, 0..1. It is not a probability of disease. */
  confidence: number;
  box: Rectangle;
}

/** The findings of a prediction, the most confident first. */
export function findingsOf(prediction: Prediction): Finding[] {
  return prediction.predictions
    .map(({ class: className, confidence, bbox }, id) => ({
      id,
      className,
      confidence,
      box: rectangleOf(bbox),
    }))
    .sort((a, b) => b.confidence - a.confidence || a.id - b.id)
    .map((finding, index) => ({ ...finding, number: index + 1 }));
}

function rectangleOf(bbox: readonly number[]): Rectangle {
  const [xMin = 0, yMin = 0, xMax = 0, yMax = 0] = bbox.map((edge) => Math.min(1, Math.max(0, edge)));
  return { x: xMin, y: yMin, width: Math.max(0, xMax - xMin), height: Math.max(0, yMax - yMin) };
}

/** Confidence in two digits, never rounded up across the threshold it is compared with. */
export function confidenceText(confidence: number): string {
  return (Math.floor(confidence * 100 + 1e-9) / 100).toFixed(2);
}
