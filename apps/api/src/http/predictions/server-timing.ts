import { Detection } from '@thorax/inference';

/**
 * Where the time of a prediction went and why its batch was as it was or that the result was known, as a `Server-Timing` header
 * (W3C): browsers show it, and every client can read it.
 */
export function serverTiming({
  timingsMs,
  batch,
  cached,
}: Pick<Detection, 'timingsMs' | 'batch' | 'cached'>): string {
  const stages = Object.entries(timingsMs).map(([stage, ms]) => `${stage};dur=${ms.toFixed(2)}`);
  if (batch) stages.push(`batch;desc="${batch.reason}, size ${batch.batchSize}"`);
  if (cached) stages.push(`cache;desc="${cached}"`);
  return stages.join(', ');
}
