import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import fc from 'fast-check';
import { ModelVersion, StageTransition } from '../models/registered-model.types';
import { inspectOnnx } from '../inspection/onnx.inspection';
import { onnxFile } from '../testing';
import { renderCard } from './card.markdown';
import { bomOf } from './cyclonedx.bom';
import { modelCardOf } from './model.card';

const sha256 = 'ab'.repeat(32);
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

const version = (parts: Partial<ModelVersion> = {}): ModelVersion => ({
  name: 'detector',
  version: 3,
  description: 'Finds more.',
  source: 'runs:/r1/model',
  storageLocation: 'mlflow-artifacts:/1/r1/artifacts/model',
  runId: 'r1',
  runLink: null,
  loggedModelId: null,
  contents: {
    onnx: { path: 'model.onnx', sha256, sizeBytes: 1_000 },
    classNames: ['Cardiomegaly', 'Nodule/Mass'],
    thresholds: { Cardiomegaly: 0.49 },
    metrics: [{ key: 'AP50', value: 0.31, timestampMs: 1, step: 7, datasetName: 'held-out' }],
    datasets: [{ name: 'chests', digest: 'v7' }],
    codeVersion: 'c0ffee',
    parent: { name: 'detector', version: 2 },
  },
  inspection: {
    ...{
      verdict: 'clean',
      sha256,
      problems: [],
      signedBy: { id: '0123456789abcdef', name: 'release' },
      revision: 1,
    },
    report: inspectOnnx(onnxFile({ metadata: { license: 'MIT', task: 'detect' } })).report,
  },
  stage: 'Staging',
  revision: 2,
  createdAtMs: 0,
  updatedAtMs: 60_000,
  tags: [{ key: 'team', value: 'chest' }],
  aliases: ['champion'],
  ...parts,
});
const history: StageTransition[] = [
  { version: 3, from: 'None', to: 'Staging', move: 'advance', actor: 'A. Reader', reason: 'It is better.', evidence: {}, atMs: 60_000 },
]; // prettier-ignore
const bare = version({ contents: {}, inspection: null, description: '', runId: null, tags: [], aliases: [] });

describe('a model card', () => {
  it('says what is recorded', () => {
    expect(modelCardOf(version(), history)).toMatchObject({
      registeredAt: '1970-01-01T00:00:00.000Z',
      task: 'detect',
      licence: 'MIT',
      file: { sha256, sizeBytes: 1_000 },
      format: { opsets: [{ domain: 'ai.onnx', version: 17 }], inputs: [{ name: 'images' }] },
      inspection: { verdict: 'clean', signedBy: { name: 'release' } },
      classes: [{ name: 'Cardiomegaly', threshold: 0.49 }, { name: 'Nodule/Mass', threshold: null }],
      metrics: [{ name: 'AP50', value: 0.31, dataset: 'held-out' }],
      parent: { name: 'detector', version: 2 },
      history: [{ to: 'Staging', actor: 'A. Reader', at: '1970-01-01T00:01:00.000Z' }],
    }); // prettier-ignore
  });

  it('is readable as Markdown, and leaves out what is not known', () => {
    const markdown = renderCard(modelCardOf(version(), history));
    for (const line of [
      '# Model card: detector, version 3',
      '| images | input, float32 \\[batch, 3, 8, 8\\] |',
      '| Cardiomegaly | 0.49 |',
      '| AP50 | 0.31 | held-out |',
      '| Signed by | release (0123456789abcdef) |',
    ]) {
      expect(markdown.split('\n')).toContain(line);
    }
    const short = renderCard(modelCardOf(bare, []));
    expect(short).not.toMatch(/null|undefined|## /);
    expect(short).toMatch(/Inspection \| none: no ONNX file here/);
  });

  it('takes no markup from those who name things', () => {
    const hostile = '<script>x</script> [a](javascript:b) ![i](http://c) |\n# h `code` \u202e';
    const markdown = renderCard(modelCardOf(version({ name: hostile, description: hostile }), []));
    expect(markdown).not.toMatch(/(?<!\\)[<[`!]|\u202e|^# h/m);
  });
});

describe('a bill of materials', () => {
  it('names the model, its digest, its data and where it comes from', () => {
    const bom = bomOf(modelCardOf(version(), history), { revision: 2 });
    expect(bom).toMatchObject({
      specVersion: '1.6',
      version: 2,
      metadata: {
        component: {
          type: 'machine-learning-model',
          hashes: [{ alg: 'SHA-256', content: sha256 }],
          pedigree: { ancestors: [{ version: '2' }], commits: [{ uid: 'c0ffee' }] },
          modelCard: {
            modelParameters: { task: 'detect' },
            quantitativeAnalysis: { performanceMetrics: [{ type: 'AP50', value: '0.31' }] },
          },
        },
      },
      components: [{ type: 'data', name: 'chests' }],
    });
    expect(bomOf(modelCardOf(version(), history), { revision: 2 })).toEqual(bom);
  });

  it.each([['all that can be known', version()], ['next to nothing', bare]])(
    'of %s is valid by the schema of CycloneDX 1.6',
    async (_, known) => {
      expect(await validator.validate(JSON.stringify(bomOf(modelCardOf(known, history), known)))).toBeNull();
    },
  ); // prettier-ignore

  it('is valid whatever names were chosen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.string(), async (name, text) => {
        const datasets = [{ name: text, digest: text }];
        const known = version({
          name,
          description: text,
          contents: { datasets, classNames: [text], codeVersion: text },
        });
        expect(await validator.validate(JSON.stringify(bomOf(modelCardOf(known, []), known)))).toBeNull();
      }),
      { numRuns: 20 },
    );
  });

  it('with a field that the schema does not know is found out by this test', async () => {
    const bom = { ...bomOf(modelCardOf(version(), history), version()), surprise: 1 };
    expect(await validator.validate(JSON.stringify(bom))).not.toBeNull();
  });
});
