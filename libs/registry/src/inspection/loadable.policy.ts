import { ModelContents } from '../models/registered-model.types';
import { isInUse, Stage } from '../stages/stage.machine';
import { ModelInspection } from './model.inspection';
import { ModelNotLoadableError } from './model-not-loadable.error';

/** What is known of the file of a version that is to change its stage. */
export interface InspectedVersion {
  readonly name: string;
  readonly version: number;
  readonly contents: Pick<ModelContents, 'onnx'>;
  readonly inspection: ModelInspection | null;
}

/**
 * What an installation asks of versions without a known ONNX file, which nothing could be looked at:
 *
 * - `record`: they may reach every stage, as registries keep models that run elsewhere
 * - `require`: Canary and Production are for versions with a clean verdict
 */
export type InspectionRule = 'record' | 'require';

const registerAgain = 'Correct the model, log it again, and register that as the next version.';

/**
 * Refuses to put a version to use whose file was not found clean; moving out of use is always possible.
 * @throws ModelNotLoadableError
 */
export function assertLoadable(version: InspectedVersion, to: Stage, rule: InspectionRule): void {
  if (!isInUse(to)) return;
  const { contents, inspection } = version;
  if (inspection?.verdict === 'clean') return;
  if (inspection) throw new ModelNotLoadableError(version, inspection.problems, registerAgain);
  if (contents.onnx) {
    const message = 'Its model file was never inspected.';
    throw new ModelNotLoadableError(
      version,
      [{ code: 'NOT_INSPECTED', message }],
      'Register the same source again.',
    );
  }
  if (rule === 'require' && to !== 'Staging') {
    const message = 'This installation puts inspected models to use only, and it has no ONNX file here.';
    throw new ModelNotLoadableError(
      version,
      [{ code: 'NO_ONNX', message }],
      'Log the ONNX file as an artifact here.',
    );
  }
}
