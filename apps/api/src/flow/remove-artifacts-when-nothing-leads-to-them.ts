import { Injectable } from '@nestjs/common';
import { ArtifactStore } from '@thorax/registry';
import { Env } from '../config/env';

/**
 * Removes stored artifacts that no path leads to: what a replica left that was stopped between storing and
 * recording. Young ones are spared, since their path may be about to be written.
 */
@Injectable()
export class RemoveArtifactsWhenNothingLeadsToThem {
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly env: Env,
  ) {}

  /** @returns how many artifacts were removed */
  sweep(now: Date): Promise<number> {
    const retentionMs = this.env.UNREFERENCED_ARTIFACT_RETENTION_HOURS * 3_600_000;
    return this.artifacts.removeUnreferenced(new Date(now.getTime() - retentionMs));
  }
}
