import { ArtifactStore } from '../artifacts/artifact.store';
import { RevisionConflictError } from '../errors';
import { ModelContents } from '../models/registered-model.types';
import { readSigningKeys } from './folder.signing-keys';
import { INSPECTION_POLICY, INSPECTION_REVISION } from './inspection.policy';
import { ModelInspection } from './model.inspection';
import { inspectOnnx, tooLarge } from './onnx.inspection';
import { checkSignature, MAX_SIGNATURE_FILE_BYTES, SignatureCheck } from './signature';

/** What an installation asks of model files. */
export interface ModelInspectionOptions {
  /** Of one file; larger ones are refused unread. Default: 512 MiB. */
  readonly maxFileBytes?: number;
  /** Folder of Ed25519 public keys, one of which must have signed; left out, no signature is asked for. */
  readonly signingKeysFolder?: string;
}

/** Inspects model files among the artifacts. One file at a time is in memory. */
export class ModelInspector {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly options: ModelInspectionOptions = {},
  ) {}

  /**
   * The verdict on a file as it was found.
   * @throws RevisionConflictError where another was stored in its place since, ArtifactDamagedError, SigningKeysError
   */
  inspect(file: NonNullable<ModelContents['onnx']>): Promise<ModelInspection> {
    const verdict = this.last.then(() => this.verdictOn(file));
    this.last = verdict.catch(() => undefined);
    return verdict;
  }

  /**
   * Whether a file is signed as this installation asks for; null where it does not ask.
   * @param sha256 of the file at `path`, lower-case hex
   */
  async signatureOf(path: string, sha256: string): Promise<SignatureCheck | null> {
    if (this.options.signingKeysFolder === undefined) return null;
    const keys = await readSigningKeys(this.options.signingKeysFolder);
    return checkSignature(sha256, await this.signatureText(`${path}.sig`), keys);
  }

  private async verdictOn({
    path,
    sha256,
    sizeBytes,
  }: NonNullable<ModelContents['onnx']>): Promise<ModelInspection> {
    const signature = await this.signatureOf(path, sha256);
    const { report, problems } = await this.inspected(path, sha256, sizeBytes);
    const reasons = signature && 'problem' in signature ? [...problems, signature.problem] : problems;
    return {
      verdict: reasons.length === 0 ? 'clean' : 'refused',
      sha256,
      problems: reasons,
      report,
      signedBy: signature && 'key' in signature ? signature.key : null,
      revision: INSPECTION_REVISION,
    };
  }

  private async inspected(path: string, sha256: string, sizeBytes: number) {
    const { maxFileBytes: fileBytes = INSPECTION_POLICY.limits.fileBytes } = this.options;
    const policy = { ...INSPECTION_POLICY, limits: { ...INSPECTION_POLICY.limits, fileBytes } };
    if (sizeBytes > fileBytes) return { report: null, problems: [tooLarge(sizeBytes, policy)] };
    const artifact = await this.artifacts.readVerified(path);
    if (artifact.sha256 !== sha256) throw new RevisionConflictError(`The model file ${JSON.stringify(path)}`);
    return inspectOnnx(artifact.content, policy);
  }

  /** Something that is no signature where the file is too large for one. */
  private async signatureText(path: string): Promise<string | undefined> {
    const found = await this.artifacts.find(path);
    if (!found) return undefined;
    if (found.sizeBytes > MAX_SIGNATURE_FILE_BYTES) return '';
    return (await this.artifacts.readVerified(path)).content.toString('latin1');
  }
}
