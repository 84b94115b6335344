import { Inject, Injectable } from '@nestjs/common';
import { PredictionJobRepository, PredictionRepository } from '@thorax/inference';
import { OBJECT_STORE, ObjectStore } from '@thorax/platform';
import { Env } from '../config/env';
import { imageDigestOf, imageKeyPrefix } from './image-key';

/**
 * Removes stored images that neither a prediction nor a waiting job refers to: what a crash between
 * storing and recording leaves, and jobs that were refused or cancelled.
 * Young ones are spared, since their prediction may be under way.
 */
@Injectable()
export class RemoveImagesWhenNothingRefersToThem {
  constructor(
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly predictions: PredictionRepository,
    private readonly jobs: PredictionJobRepository,
    private readonly env: Env,
  ) {}

  /** @returns how many images were removed */
  async sweep(now: Date): Promise<number> {
    const youngest = now.getTime() - this.env.UNREFERENCED_IMAGE_RETENTION_HOURS * 3_600_000;
    let removed = 0;
    for await (const { key, modifiedAt } of this.objects.list(imageKeyPrefix)) {
      if (modifiedAt.getTime() > youngest) continue;
      if (await this.isReferredTo(imageDigestOf(key))) continue;
      await this.objects.delete(key);
      removed += 1;
    }
    return removed;
  }

  private async isReferredTo(imageSha256: string): Promise<boolean> {
    // In this order: a job lets go of an image only after its prediction was recorded, so an image that passes
    // from one to the other between the two questions is found by the second.
    return (
      (await this.jobs.refersToImage(imageSha256)) || (await this.predictions.refersToImage(imageSha256))
    );
  }
}
