import { Inject, Injectable } from '@nestjs/common';
import { ModelRepository, PredictionEntity, RenderedImage } from '@thorax/inference';
import { OBJECT_STORE, ObjectStore } from '@thorax/platform';
import { denormaliseBox } from '@thorax/radiograph';
import { imageKeyOf } from './image-key';

/** Pictures of recorded predictions, rendered from the stored bytes by the pipeline that predicted on them. */
@Injectable()
export class ShowImageWhenReaderAsks {
  constructor(
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly models: ModelRepository,
  ) {}

  /** The radiograph as an 8-bit grayscale PNG at its own size. */
  async image(prediction: PredictionEntity): Promise<RenderedImage> {
    const bytes = await this.bytesOf(prediction);
    return this.models.primary.render(bytes);
  }

  /** The same with the findings at or above `minConfidence` (0..1) drawn on it. */
  async overlay(prediction: PredictionEntity, minConfidence: number): Promise<RenderedImage> {
    const findings = prediction.findings
      .filter(({ confidence }) => confidence >= minConfidence)
      .map(({ class: name, confidence, bbox }) => ({
        class: name,
        confidence,
        box: denormaliseBox(bbox, prediction.imageWidth, prediction.imageHeight),
      }));
    const bytes = await this.bytesOf(prediction);
    return this.models.primary.renderOverlay(bytes, findings);
  }

  private bytesOf({ imageSha256 }: PredictionEntity): Promise<Uint8Array> {
    return this.objects.get(imageKeyOf(imageSha256));
  }
}
