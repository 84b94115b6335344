import type { DicomHeader } from './dicom/dicom-header';
import { judgeProjection } from './projection.gate';

const GOOD: DicomHeader = {
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  modality: 'CR',
  viewPosition: 'PA',
  bodyPartExamined: 'CHEST',
  presentationIntentType: 'FOR PRESENTATION',
  patientAgeYears: 54,
  numberOfFrames: 1,
};

function reasonsFor(change: Partial<DicomHeader>): string[] {
  const verdict = judgeProjection({ ...GOOD, ...change });
  return verdict.accepted ? [] : verdict.reasons.map(({ code }) => code);
}

describe('judgeProjection', () => {
  it('accepts a good header without notes', () => {
    expect(judgeProjection(GOOD)).toEqual({ accepted: true, notes: [] });
  });

  it('accepts a silent header and notes what it does not say', () => {
    const verdict = judgeProjection({ transferSyntaxUid: '1.2.840.10008.1.2', numberOfFrames: 1 });
    expect(verdict).toMatchObject({ accepted: true });
    expect(verdict.accepted && verdict.notes).toHaveLength(4);
  });

  it.each(['CT', 'MR', 'MG', 'OT', 'US'])('refuses modality %s', (modality) => {
    expect(reasonsFor({ modality })).toEqual(['MODALITY_NOT_RADIOGRAPHY']);
  });

  it.each(['LL', 'RL', 'LATERAL', 'LAT', 'LLD', 'RLD', 'LLO', 'RLO', 'LPO', 'RAO'])(
    'refuses view %s',
    (viewPosition) => {
      expect(reasonsFor({ viewPosition })).toEqual(['VIEW_NOT_FRONTAL']);
    },
  );

  it.each(['PA', 'AP', 'AP SUPINE', 'ANTERO_POSTERIOR'])('accepts view %s', (viewPosition) => {
    expect(reasonsFor({ viewPosition })).toEqual([]);
  });

  it.each([
    ['399173006', ['VIEW_NOT_FRONTAL']],
    ['R-10236', ['VIEW_NOT_FRONTAL']],
    ['399348003', []],
    ['272479007', []],
    ['R-10206', []],
    ['R-10202', []],
  ])('judges view code %s', (viewCode, expected) => {
    expect(reasonsFor({ viewPosition: undefined, viewCode })).toEqual(expected);
  });

  it.each([
    [['L', 'F'], []],
    [['R', 'F'], []],
    [['A', 'F'], ['VIEW_NOT_FRONTAL']],
    [['P', 'F'], ['VIEW_NOT_FRONTAL']],
    [['AL', 'F'], ['VIEW_NOT_FRONTAL']],
  ])('judges patient orientation %s where there is no view', (patientOrientation, expected) => {
    expect(reasonsFor({ viewPosition: undefined, patientOrientation })).toEqual(expected);
  });

  it.each(['THORAX', 'LUNG', 'RIB', 'RIBS', 'CHEST PA', 'CHEST_TO_ABDOMEN', 'CHESTABDOMEN', 'TORAX'])(
    'accepts body part %s',
    (bodyPartExamined) => expect(reasonsFor({ bodyPartExamined })).toEqual([]),
  );

  it.each(['ABDOMEN', 'HAND', 'TSPINE', 'THORACIC SPINE', 'SKULL', 'PELVIS'])(
    'refuses body part %s',
    (bodyPartExamined) => {
      expect(reasonsFor({ bodyPartExamined })).toEqual(['BODY_PART_NOT_CHEST']);
    },
  );

  it.each([
    [15, undefined, ['PATIENT_TOO_YOUNG']],
    [0, undefined, ['PATIENT_TOO_YOUNG']],
    [16, undefined, []],
    [16, 18, ['PATIENT_TOO_YOUNG']],
    [3, 0, []],
  ])('judges age %i against %s years', (patientAgeYears, minPatientAgeYears, expected) => {
    const policy = minPatientAgeYears === undefined ? {} : { minPatientAgeYears };
    const verdict = judgeProjection({ ...GOOD, patientAgeYears }, policy);
    expect(verdict.accepted ? [] : verdict.reasons.map(({ code }) => code)).toEqual(expected);
  });

  it('refuses raw detector data and several frames', () => {
    expect(reasonsFor({ presentationIntentType: 'FOR PROCESSING' })).toEqual(['FOR_PROCESSING']);
    expect(reasonsFor({ numberOfFrames: 12 })).toEqual(['SEVERAL_FRAMES']);
  });

  it('gives every reason and never repeats free text or an age', () => {
    const verdict = judgeProjection({
      ...GOOD,
      modality: 'CT',
      viewPosition: 'LL',
      patientAgeYears: 7,
      bodyPartExamined: 'Doe, Jane',
    });
    expect(verdict.accepted).toBe(false);
    expect(JSON.stringify(verdict)).not.toMatch(/Doe|\b7\b/);
    expect(!verdict.accepted && verdict.reasons).toHaveLength(4);
  });
});
