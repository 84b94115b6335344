import { Inject, Injectable } from '@nestjs/common';
import {
  Detection,
  ModelDescription,
  PredictionEntity,
  predictionIdOf,
  PredictionRepository,
} from '@thorax/inference';
import { OBJECT_STORE, ObjectStore } from '@thorax/platform';
import { normaliseBox } from '@thorax/radiograph';
import { imageKeyOf, imageSha256 } from './image-key';

/**
 * Keeps what was predicted: the image under its digest in the object store, then the prediction in the
 * database. In this order a crash between the two leaves an image nothing refers to, which
 * `remove-images-when-nothing-refers-to-them` takes away; never a prediction without its image.
 */
@Injectable()
export class RecordWhenStudyIsPredicted {
  constructor(
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly predictions: PredictionRepository,
  ) {}

  /**
   * Keeps an image and resolves with its digest. Always written, not only when absent: this renews the age
   * by which the sweep spares it.
   * @param sha256 the digest where it is known
   */
  async keep(bytes: Uint8Array, sha256?: string): Promise<string> {
    const digest = sha256 ?? (await imageSha256(bytes));
    await this.objects.put(imageKeyOf(digest), bytes);
    return digest;
  }

  /**
   * Recording the same image and model again changes nothing and resolves with the first record.
   * @param digest of an image that was kept
   */
  async record(digest: string, detection: Detection, model: ModelDescription): Promise<PredictionEntity> {
    const { width, height, source, findings } = detection;
    return this.predictions.record({
      id: predictionIdOf(digest, model),
      imageSha256: digest,
      imageWidth: width,
      imageHeight: height,
      imageSource: source,
      modelName: model.name,
      modelVersion: model.version,
      modelSha256: model.digestSha256,
      findings: findings.map(({ class: name, confidence, box }) => ({
        class: name,
        confidence,
        bbox: normaliseBox(box, width, height),
      })),
      inferenceMs: inferenceMsOf(detection),
    });
  }
}

/** From decoding to suppression; waiting in the queue is not inference. */
export function inferenceMsOf({ timingsMs }: Detection): number {
  return timingsMs.decode + timingsMs.letterbox + timingsMs.run + timingsMs.postprocess;
}
