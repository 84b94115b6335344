import { ArtifactStore } from '../artifacts/artifact.store';
import { ModelVersionRepository } from '../persistence/model-version.repository';
import { ModelInspection } from './model.inspection';
import { ModelInspector } from './model.inspector';
import { ModelNotLoadableError } from './model-not-loadable.error';

/** A model file that may be opened. */
export interface LoadableModel {
  readonly bytes: Buffer;
  /** Lower-case hex; computed from `bytes`. */
  readonly sha256: string;
  readonly inspection: ModelInspection;
}

/**
 * The way from a registered version to bytes that a runtime may open. Every time the digest is computed anew and
 * compared with the one that was inspected, and the signature verified where the installation asks for one.
 */
export class LoadableModelReader {
  constructor(
    private readonly versions: ModelVersionRepository,
    private readonly artifacts: ArtifactStore,
    private readonly inspector: ModelInspector,
  ) {}

  /** @throws ModelNotLoadableError, ResourceNotFoundError, ArtifactDamagedError, SigningKeysError */
  async read(name: string, number: number): Promise<LoadableModel> {
    const version = await this.versions.get(name, number);
    const { inspection, contents } = version;
    const again = 'Register the model again, as its next version.';
    if (!inspection || !contents.onnx) {
      const message = 'There is no inspected model file.';
      throw new ModelNotLoadableError(version, [{ code: 'NOT_INSPECTED', message }], again);
    }
    if (inspection.verdict !== 'clean') throw new ModelNotLoadableError(version, inspection.problems, again);
    const { content, sha256 } = await this.artifacts.readVerified(contents.onnx.path);
    if (sha256 !== inspection.sha256) {
      const message = `The file that was inspected had SHA-256 ${inspection.sha256}; the one that is there has ${sha256}.`;
      throw new ModelNotLoadableError(version, [{ code: 'CHECKSUM', message }], again);
    }
    const signature = await this.inspector.signatureOf(contents.onnx.path, sha256);
    if (signature && 'problem' in signature) {
      throw new ModelNotLoadableError(version, [signature.problem], signature.problem.remedy);
    }
    return { bytes: content, sha256, inspection };
  }
}
