import { createHash } from 'node:crypto';
import { ModelDescription } from '../model-description';

/** What of a model decides its answer. */
export type AnsweringModel = Pick<
  ModelDescription,
  'name' | 'version' | 'digestSha256' | 'confidenceThreshold' | 'perClassThresholds' | 'iouThreshold'
>;

/**
 * The id of the prediction of one image by one model: the same bytes under the same weights and
 * thresholds have the same id, which makes recording idempotent. A version-8 UUID (RFC 9562) over
 * SHA-256.
 *
 * @param imageSha256 lower-case hex
 */
export function predictionIdOf(imageSha256: string, model: AnsweringModel): string {
  const key = JSON.stringify([
    imageSha256,
    model.name,
    model.version,
    model.digestSha256,
    model.confidenceThreshold,
    model.perClassThresholds,
    model.iouThreshold,
  ]);
  const bytes = createHash('sha256').update(key).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
