import type { Prediction } from '../api/prediction';
import { confidenceText, findingsOf } from '../findings/finding';

/** One line that lets a reader recognise a reading in the list. */
export function readingSummary(prediction: Prediction): string {
  const [first, ...others] = findingsOf(prediction);
  if (!first) return 'No findings reported';
  const more = others.length > 0 ? ` +${others.length}` : '';
  return `${first.className} ${confidenceText(first.confidence)}${more}`;
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** The time of day today, with the day before that. */
export function momentText(iso: string, now: Date): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return '';
  return (moment.toDateString() === now.toDateString() ? timeOfDay : dayAndTime).format(moment);
}

/** Where the numbers on the screen come from. */
export function provenanceOf(prediction: Prediction): { label: string; value: string }[] {
  const { model, image, inference_time: seconds } = prediction;
  return [
    { label: 'Model', value: `${model.name} v${model.version}` },
    {
      label: 'Inference',
      value: seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`,
    },
    {
      label: 'Image',
      value: `${image.width} × ${image.height} ${image.source === 'dicom' ? 'DICOM' : image.source.toUpperCase()}`,
    },
    { label: 'SHA-256', value: image.sha256.slice(0, 12) },
  ];
}
