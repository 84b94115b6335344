import fc from 'fast-check';
import { evidenceDocument, EvidenceDocument } from '../testing/evidence.factory';
import { EVIDENCE_LIMITS, readEvidence } from './evaluation-evidence.reader';
import { assertEvidenceOf, assertPaired } from './evidence.rules';
import { EvidenceMismatchError, InvalidEvidenceError } from './gate.errors';

type Finding = EvidenceDocument['images'][0]['findings'][0];

const finding = (parts: Partial<Finding> = {}): Finding => ({
  class: 0,
  truths: 1,
  scores: [0.2, 0.9],
  matched: [0, 1],
  ...parts,
});
const documentWith = (...findings: Finding[]) =>
  evidenceDocument(
    {},
    {
      images: [
        { id: 'b', patient: 'p', findings },
        { id: 'a', patient: 'p', findings: [] },
        { id: 'c', findings: [] },
      ],
    },
  );
const read = (document: unknown) => readEvidence(document, 'candidate');

describe('readEvidence', () => {
  it('sorts images by id and detections by score', () => {
    const evidence = read(documentWith(finding()));
    expect(evidence.imageIds).toEqual(['a', 'b', 'c']);
    expect(evidence.patients).toEqual({ unitOfImage: Int32Array.of(0, 0, 1), count: 2 });
    expect(evidence.outcomes[0]).toEqual({
      scores: Float64Array.of(0.9, 0.2),
      matched: Uint8Array.of(1, 0),
      images: Int32Array.of(1, 1),
      truths: Int32Array.of(0, 1, 0),
    });
  });

  it('has one digest for one evaluation, however it is written down', () => {
    const document = documentWith(finding());
    const { images, ...rest } = document;
    expect(read({ images: [...images].reverse(), ...rest }).sha256).toBe(read(document).sha256);
    expect(read(documentWith(finding({ matched: [1, 0] }))).sha256).not.toBe(read(document).sha256);
  });

  it.each<[string, unknown, string]>([
    ['no mapping', [], 'candidate must be a mapping'],
    ['nothing', undefined, 'candidate must be a mapping'],
    ['an unknown key', { ...documentWith(), score: 1 }, 'candidate.score'],
    ['no model', { ...documentWith(), model: undefined }, 'candidate.model'],
    ['a version that is text', { ...documentWith(), model: { name: 'a', version: '1' } }, 'model.version'],
    ['a digest in capitals', { ...documentWith(), test_set: { name: 'a', sha256: 'A'.repeat(64) } }, 'test_set.sha256'],
    ['no classes', { ...documentWith(), classes: [] }, 'candidate.classes'],
    ['a class twice', { ...documentWith(), classes: ['a', 'a'] }, 'candidate.classes'],
    ['no images', { ...documentWith(), images: [] }, 'candidate.images'],
    ['too many images', { ...documentWith(), images: new Array(50_001).fill(0) }, 'a list of 1 to 50000 entries'],
    ['an image twice', { ...documentWith(), images: [{ id: 'a', findings: [] }, { id: 'a', findings: [] }] }, 'distinct ids'],
    ['a class that is not there', documentWith(finding({ class: 2 })), 'images.0.findings.0.class'],
    ['a class twice on an image', documentWith(finding(), finding()), 'images.0.findings.1.class'],
    ['a score that is NaN', documentWith(finding({ scores: [NaN, 1] })), 'findings.0.scores.0'],
    ['a score that is null, as JSON writes NaN', documentWith(finding({ scores: [null as never, 1] })), 'findings.0.scores.0'],
    ['a score above 1', documentWith(finding({ scores: [0.2, 1.01] })), 'findings.0.scores.1'],
    ['a flag too few', documentWith(finding({ matched: [1] })), 'findings.0.matched'],
    ['a flag that is no flag', documentWith(finding({ matched: [true as never, 0] })), 'findings.0.matched.0'],
    ['more found than there is', documentWith(finding({ matched: [1, 1] })), 'at most 1 times'],
    ['a part of a truth', documentWith(finding({ truths: 0.5 })), 'findings.0.truths'],
    ['too many detections', documentWith(finding({ scores: new Array(1_001).fill(0.5) })), 'findings.0.scores'],
    ['a latency of 0', { ...documentWith(), latency: { host: 'x', samples_ms: [1, 0] } }, 'samples_ms.1'],
    ['a latency without a host', { ...documentWith(), latency: { samples_ms: [1] } }, 'latency.host'],
  ])('refuses %s, and names the place', (_, document, message) => {
    expect(() => read(document)).toThrow(InvalidEvidenceError);
    expect(() => read(document)).toThrow(message);
  }); // prettier-ignore

  it('refuses more detections in all than it may hold', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({
      id: String(index),
      findings: [finding({ scores: new Array(1_000).fill(0.1), matched: new Array(1_000).fill(0) })],
    }));
    expect(() => read({ ...documentWith(), images: many })).toThrow(
      `${EVIDENCE_LIMITS.totalDetections} detections at most`,
    );
  });

  it('quotes no id of an image or a patient, and never much of anything', () => {
    const images = [
      { id: 'Doe^Jane', patient: 'Doe^Jane', findings: [finding({ class: 99 })] },
      { id: 'x', findings: [] },
    ];
    let message = '';
    try {
      read({ ...documentWith(), images });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('images.0');
    expect(message).not.toContain('Doe');
  });

  it('answers any JSON with evidence or its own error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(documentWith())), (value, key) => {
        try {
          read({ ...documentWith(), [key]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidEvidenceError);
          expect((error as Error).message.length).toBeLessThan(500);
        }
      }),
    );
  });
});

describe('evidence of something else', () => {
  const evidence = read(documentWith(finding()));

  it.each([
    ['another model', { name: 'other', version: 1, contents: {} }],
    ['another version', { name: 'chest', version: 2, contents: {} }],
    ['a file that it does not name', { name: 'chest', version: 1, contents: { onnx: { path: 'm', sizeBytes: 1, sha256: 'b'.repeat(64) } } }],
  ])('is refused for %s', (_, version) => {
    expect(() => assertEvidenceOf(evidence, version, 'candidate')).toThrow(EvidenceMismatchError);
  }); // prettier-ignore

  it.each<[string, EvidenceDocument]>([
    ['another test set', { ...documentWith(finding()), test_set: { name: 'chest-test', sha256: 'b'.repeat(64) } }],
    ['fewer images', { ...documentWith(finding()), images: documentWith(finding()).images.slice(1) }],
    ['other patients', { ...documentWith(finding()), images: documentWith(finding()).images.map(({ patient: _, ...image }) => image) }],
    ['other truths', documentWith(finding({ truths: 2 }))],
    ['a class more', { ...documentWith(finding()), classes: ['Nodule/Mass', 'Pneumothorax', 'ILD'] }],
  ])('cannot be paired when it is of %s', (_, document) => {
    expect(() => assertPaired(evidence, read(document))).toThrow(EvidenceMismatchError);
  }); // prettier-ignore
});
