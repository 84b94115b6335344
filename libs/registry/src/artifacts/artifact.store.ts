import { ObjectStore } from '@thorax/platform';
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { quoted, ResourceNotFoundError } from '../errors';
import { ArtifactEntry, ArtifactRepository, StoredArtifact } from '../persistence/artifact.repository';
import { artifactPathOf } from './artifact-path';
import { ArtifactDamagedError } from './artifact-damaged.error';
import { ArtifactTooLargeError } from './artifact-too-large.error';

/** All objects of artifacts have keys with this prefix. */
export const ARTIFACT_KEY_PREFIX = 'artifacts/';

/** An artifact with its bytes. */
export interface OpenArtifact extends StoredArtifact {
  /** Read it to its end or destroy it. */
  readonly bytes: Readable;
}

/**
 * Files of any size under paths that clients choose. Bytes lie in the object store under keys of ours; which
 * path is which object stands in the database, so a path appears, changes and goes at once, with its digest.
 * A few hundred kilobytes are in memory at a time, whatever the size.
 */
export class ArtifactStore {
  /** @param maxBytes of one artifact */
  constructor(
    private readonly objects: ObjectStore,
    private readonly artifacts: ArtifactRepository,
    private readonly maxBytes: number,
  ) {}

  /**
   * Stores what `chunks` yields; what was there under `path` is replaced. Nothing changes when `chunks` throws.
   * @throws InvalidParameterError, ArtifactTooLargeError
   */
  async write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<StoredArtifact> {
    const kept = artifactPathOf(path);
    await this.artifacts.assertFree(kept);
    const key = newKey();
    const sha256 = createHash('sha256');
    const sizeBytes = await this.objects.putStream(
      key,
      this.bounded(chunks, (chunk) => sha256.update(chunk)),
    );
    const artifact = { path: kept, key, sizeBytes, sha256: sha256.digest('hex') };
    try {
      const replaced = await this.artifacts.place(artifact);
      if (replaced) await this.objects.delete(replaced);
    } catch (error) {
      await this.objects.delete(key);
      throw error;
    }
    return artifact;
  }

  /** @throws ResourceNotFoundError */
  async open(path: string): Promise<OpenArtifact> {
    const artifact = await this.find(path);
    if (!artifact) throw new ResourceNotFoundError(`artifact ${quoted(path)}`);
    return { ...artifact, bytes: await this.objects.getStream(artifact.key) };
  }

  /**
   * All bytes of an artifact, proven to be those that were stored; its size is the caller's to mind.
   * @throws ResourceNotFoundError, ArtifactDamagedError
   */
  async readVerified(path: string): Promise<StoredArtifact & { readonly content: Buffer }> {
    const { bytes, ...artifact } = await this.open(path);
    const content = Buffer.allocUnsafe(artifact.sizeBytes);
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      hash.update(chunk);
      // What is beyond the size makes the digest wrong, and has no place here.
      chunk.copy(content, Math.min(length, content.length));
      length += chunk.length;
    }
    const sha256 = hash.digest('hex');
    if (sha256 !== artifact.sha256) throw new ArtifactDamagedError(artifact.path, artifact.sha256, sha256);
    return { ...artifact, content };
  }

  async find(path: string): Promise<StoredArtifact | null> {
    return this.artifacts.find(artifactPathOf(path));
  }

  /** What lies in a folder, by name; nothing where it is a file, or not there. @param folder `''` is the root */
  async list(folder: string): Promise<ArtifactEntry[]> {
    return this.artifacts.list(folder === '' ? '' : artifactPathOf(folder));
  }

  /** Removes a file, or a folder with all in it; removing what is not there succeeds. */
  async delete(path: string): Promise<void> {
    for (const key of await this.artifacts.remove(artifactPathOf(path))) await this.objects.delete(key);
  }

  /**
   * Removes objects that no path leads to: what a replica left that was stopped between its two writes.
   * @param before spares younger objects, whose path may be about to be written
   * @returns how many were removed
   */
  async removeUnreferenced(before: Date): Promise<number> {
    let removed = 0;
    for await (const { key, modifiedAt } of this.objects.list(ARTIFACT_KEY_PREFIX)) {
      if (modifiedAt >= before || (await this.artifacts.refersTo(key))) continue;
      await this.objects.delete(key);
      removed += 1;
    }
    return removed;
  }

  private async *bounded(
    chunks: AsyncIterable<Uint8Array>,
    see: (chunk: Uint8Array) => void,
  ): AsyncIterable<Uint8Array> {
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > this.maxBytes) throw new ArtifactTooLargeError(this.maxBytes);
      see(chunk);
      yield chunk;
    }
  }
}

function newKey(): string {
  const id = randomUUID();
  return `${ARTIFACT_KEY_PREFIX}${id.slice(0, 2)}/${id}`;
}
