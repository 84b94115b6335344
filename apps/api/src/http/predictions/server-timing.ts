import { Detection } from '@thorax/inference';

/**
 * Where the time of a prediction went and why its batch was as it was, as a `Server-Timing` header
 * (W3C): browsers show it, and every client can read it.
 */
export function serverTiming({ timingsMs, batch }: Pick<Detection, 'timingsMs' | 'batch'>): string {
  const stages = Object.entries(timingsMs).map(([stage, ms]) => `${stage};dur=${ms.toFixed(2)}`);
  if (batch) stages.push(`batch;desc="${batch.reason}, size ${batch.batchSize}"`);
  return stages.join(', ');
}
