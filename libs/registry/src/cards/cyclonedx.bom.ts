import { createHash } from 'node:crypto';
import { ModelVersion } from '../models/registered-model.types';
import { ModelCard, shapeOf } from './model.card';

/** Media type of the document. */
export const BOM_MEDIA_TYPE = 'application/vnd.cyclonedx+json; version=1.6';

/**
 * The version as a CycloneDX 1.6 bill of materials (https://cyclonedx.org/docs/1.6/json/): the model with its card,
 * the datasets it learned from, and the model it was made from. The same state of the version gives the same bytes.
 */
export function bomOf(card: ModelCard, { revision }: Pick<ModelVersion, 'revision'>): object {
  const model = `model:${card.name}@${card.version}`;
  const datasets = card.datasets.map((dataset, index) => ({ ref: `dataset:${index}`, ...dataset }));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(model)}`,
    version: revision,
    metadata: {
      timestamp: card.updatedAt,
      tools: { components: [{ type: 'application', name: 'Thorax' }] },
      component: modelComponent(
        card,
        model,
        datasets.map(({ ref }) => ref),
      ),
    },
    components: datasets.map(({ ref, name, digest }) => ({
      type: 'data',
      'bom-ref': ref,
      name: name || 'unnamed',
      data: [{ type: 'dataset', name: name || 'unnamed' }],
      properties: [{ name: 'thorax:dataset:digest', value: digest }],
    })),
    dependencies: [
      { ref: model, dependsOn: datasets.map(({ ref }) => ref) },
      ...datasets.map(({ ref }) => ({ ref })),
    ],
  };
}

function modelComponent(card: ModelCard, ref: string, datasets: readonly string[]): object {
  const { parent, codeVersion, file, licence } = card;
  return {
    type: 'machine-learning-model',
    'bom-ref': ref,
    name: card.name,
    version: String(card.version),
    ...(card.description && { description: card.description }),
    ...(file && { hashes: [{ alg: 'SHA-256', content: file.sha256 }] }),
    ...(licence && { licenses: [{ license: { name: licence } }] }),
    ...((parent || codeVersion) && {
      pedigree: {
        ...(parent && {
          ancestors: [{ type: 'machine-learning-model', name: parent.name, version: String(parent.version) }],
        }),
        ...(codeVersion && { commits: [{ uid: codeVersion }] }),
      },
    }),
    modelCard: {
      modelParameters: {
        ...(card.task && { task: card.task }),
        datasets: datasets.map((dataset) => ({ ref: dataset })),
        inputs: (card.format?.inputs ?? []).map((value) => ({ format: shapeOf(value) })),
        outputs: (card.format?.outputs ?? []).map((value) => ({ format: shapeOf(value) })),
      },
      quantitativeAnalysis: {
        performanceMetrics: card.metrics.map(({ name, value, dataset }) => ({
          type: name,
          value: String(value),
          ...(dataset && { slice: dataset }),
        })),
      },
      considerations: { technicalLimitations: [card.caution] },
    },
    properties: propertiesOf(card),
  };
}

function propertiesOf({ stage, source, runId, format, inspection, classes }: ModelCard): object[] {
  const properties: [string, string | number | null | undefined][] = [
    ['stage', stage],
    ['source', source],
    ['run', runId],
    ['onnx:ir-version', format?.irVersion],
    ...(format?.opsets ?? []).map(
      ({ domain, version }) => [`onnx:opset:${domain}`, version] as [string, number],
    ),
    ['inspection:verdict', inspection?.verdict ?? 'none'],
    ['inspection:signed-by', inspection?.signedBy?.id],
    ...classes.map(
      ({ name, threshold }) => [`class:${name}:threshold`, threshold] as [string, number | null],
    ),
  ];
  return properties
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ({ name: `thorax:${name}`, value: String(value) }));
}

/** A UUID (RFC 9562, version 8) that follows from a text. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
