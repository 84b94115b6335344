import { Stage, STAGES } from '../stages/stage.machine';
import { assertLoadable, InspectedVersion, InspectionRule } from './loadable.policy';
import { ModelInspection } from './model.inspection';
import { ModelNotLoadableError } from './model-not-loadable.error';

const onnx = { path: 'model.onnx', sha256: 'ab'.repeat(32), sizeBytes: 4 };
const verdict = (parts: Partial<ModelInspection>): ModelInspection => ({
  verdict: 'clean',
  sha256: onnx.sha256,
  problems: [],
  report: null,
  signedBy: null,
  revision: 1,
  ...parts,
});
const version = (parts: Partial<InspectedVersion>): InspectedVersion => ({
  name: 'detector',
  version: 3,
  contents: { onnx },
  inspection: null,
  ...parts,
});
const problem = {
  code: 'OPERATOR',
  message: 'The operator "Loop" is not taken.',
  remedy: 'Export without.',
} as const;
const refusedFile = version({ inspection: verdict({ verdict: 'refused', problems: [problem] }) });

describe('assertLoadable', () => {
  const reachable = (what: InspectedVersion, rule: InspectionRule): Stage[] =>
    STAGES.filter((to) => {
      try {
        assertLoadable(what, to, rule);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(ModelNotLoadableError);
        return false;
      }
    });

  it.each<[string, InspectedVersion, InspectionRule, Stage[]]>([
    ['a clean file goes everywhere', version({ inspection: verdict({}) }), 'require', [...STAGES]],
    ['a refused file to no stage in use', refusedFile, 'record', ['None', 'Archived']],
    ['a file that nobody looked at neither', version({}), 'record', ['None', 'Archived']],
    ['a version without a file goes everywhere where verdicts are recorded', version({ contents: {} }), 'record', [...STAGES]],
    ['and to Staging where they are required', version({ contents: {} }), 'require', ['None', 'Staging', 'Archived']],
  ])('%s', (_, what, rule, stages) => expect(reachable(what, rule)).toEqual(stages)); // prettier-ignore

  it('says why', () => {
    expect(() => assertLoadable(refusedFile, 'Staging', 'record')).toThrow(
      expect.objectContaining({
        code: 'MODEL_NOT_LOADABLE',
        message: 'Version 3 of "detector" cannot be put to use. The operator "Loop" is not taken.',
        details: { reasons: [{ code: 'OPERATOR', message: problem.message }] },
      }),
    );
  });
});
