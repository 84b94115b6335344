import type { DicomHeader } from './dicom/dicom-header';

/** What the model was made for; what lies outside is not shown to it. */
export interface ProjectionPolicy {
  /** Youngest patient, in whole years. */
  minPatientAgeYears: number;
  /** Accepted values of Modality (0008,0060). */
  modalities: readonly string[];
}

/** Adults, on computed or digital radiography. */
export const DEFAULT_PROJECTION_POLICY: Readonly<ProjectionPolicy> = Object.freeze({
  minPatientAgeYears: 16,
  modalities: Object.freeze(['CR', 'DX']),
});

/** Why the gate closes; stable, stored with the study. */
export type GateReasonCode =
  | 'MODALITY_NOT_RADIOGRAPHY'
  | 'VIEW_NOT_FRONTAL'
  | 'BODY_PART_NOT_CHEST'
  | 'FOR_PROCESSING'
  | 'PATIENT_TOO_YOUNG'
  | 'SEVERAL_FRAMES';

export interface GateReason {
  readonly code: GateReasonCode;
  /** One sentence for a person; names the attribute and what was expected. */
  readonly message: string;
}

/** `notes` tell what could not be judged because the header is silent; an image check should follow. */
export type GateVerdict =
  | { readonly accepted: true; readonly notes: readonly string[] }
  | { readonly accepted: false; readonly reasons: readonly GateReason[] };

/** Defined terms of View Position (PS3.3 C.8.11.5 and C.8.1.1) and spellings of them that are no frontal chest. */
const OTHER_VIEWS = new Set([
  'LL',
  'RL',
  'LAT',
  'LATERAL',
  'LLD',
  'RLD',
  'LLO',
  'RLO',
  'LPO',
  'RPO',
  'LAO',
  'RAO',
  'OBL',
  'OBLIQUE',
]);
/** Lateral and oblique views of context group 4010 (PS3.16): SCT, and SRT as older machines write it. */
const OTHER_VIEW_CODES = new Set([
  ...['399067008', 'R-102CD'], // lateral
  ...['399198007', 'R-10232'], // right lateral
  ...['399173006', 'R-10236'], // left lateral
  ...['399352003', 'R-10228'], // lateral-medial
  ...['399260004', 'R-10224'], // medial-lateral
  ...['260427002', 'R-40783'], // lateral oblique
  ...['399182000', 'R-102C1'], // oblique
  ...['399236003', 'R-10234'], // right oblique
  ...['399184004', 'R-10238'], // left oblique
  ...['399356000', 'R-40985'], // right anterior oblique
  ...['399135007', 'R-10220'], // left anterior oblique
  ...['399038007', 'R-10210'], // right posterior oblique
  ...['399006002', 'R-10212'], // left posterior oblique
  ...['399312000', 'R-10208'], // antero-posterior oblique
  ...['399059000', 'R-10216'], // postero-anterior oblique
]);
/** Words that place an examination on the chest, in DICOM's terms and in those that machines write. */
const CHEST_WORDS = ['CHEST', 'THORAX', 'THORACIC', 'LUNG', 'RIB', 'TORAX', 'PULMON', 'STERNUM', 'HEART'];
const NOT_CHEST = /ABD|PELV|T[- ]?SPINE|SPINE/;

/**
 * Judges from a header alone whether an image is a frontal chest radiograph of an adult, ready for presentation.
 * Pure. What the header does not say is no reason against it: missing attributes are noted, not refused. Every
 * reason that applies is given, not only the first.
 */
export function judgeProjection(header: DicomHeader, policy: Partial<ProjectionPolicy> = {}): GateVerdict {
  const rules = {
    minPatientAgeYears: policy.minPatientAgeYears ?? DEFAULT_PROJECTION_POLICY.minPatientAgeYears,
    modalities: policy.modalities ?? DEFAULT_PROJECTION_POLICY.modalities,
  };
  const reasons = [
    judgeModality(header, rules),
    judgeView(header),
    judgeBodyPart(header),
    judgeIntent(header),
    judgeAge(header, rules),
    judgeFrames(header),
  ].filter((reason): reason is GateReason => reason !== undefined);
  return reasons.length > 0 ? { accepted: false, reasons } : { accepted: true, notes: silences(header) };
}

function judgeModality({ modality }: DicomHeader, { modalities }: ProjectionPolicy): GateReason | undefined {
  if (modality === undefined || modalities.includes(modality)) return undefined;
  return reason(
    'MODALITY_NOT_RADIOGRAPHY',
    `Modality (0008,0060) ${modalities.join(' or ')} was expected, but it is ${quote(modality)}.`,
  );
}

function judgeView({ viewPosition, viewCode, patientOrientation }: DicomHeader): GateReason | undefined {
  if (viewPosition !== undefined && OTHER_VIEWS.has(viewPosition)) {
    return reason(
      'VIEW_NOT_FRONTAL',
      `View Position (0018,5101) PA or AP was expected, but it is ${quote(viewPosition)}.`,
    );
  }
  if (viewPosition === undefined && viewCode !== undefined && OTHER_VIEW_CODES.has(viewCode)) {
    return reason(
      'VIEW_NOT_FRONTAL',
      `A frontal view was expected, but View Code Sequence (0054,0220) holds ${quote(viewCode)}.`,
    );
  }
  // Rows that run from front to back show the patient from the side (PS3.3 C.7.6.1.1.1).
  if (viewPosition === undefined && viewCode === undefined && /^[AP]/.test(patientOrientation?.[0] ?? '')) {
    return reason(
      'VIEW_NOT_FRONTAL',
      'Rows from side to side were expected, but Patient Orientation (0020,0020) runs front to back.',
    );
  }
  return undefined;
}

function judgeBodyPart({ bodyPartExamined }: DicomHeader): GateReason | undefined {
  if (bodyPartExamined === undefined) return undefined;
  const chest = CHEST_WORDS.some((word) => bodyPartExamined.includes(word));
  // "CHEST^ABDOMEN" and the like show the chest too; a thoracic spine examination is exposed for bone.
  if (chest && !(NOT_CHEST.test(bodyPartExamined) && !bodyPartExamined.includes('CHEST'))) return undefined;
  return reason(
    'BODY_PART_NOT_CHEST',
    `Body Part Examined (0018,0015) CHEST was expected, but it is ${quote(bodyPartExamined)}.`,
  );
}

function judgeIntent({ presentationIntentType }: DicomHeader): GateReason | undefined {
  if (presentationIntentType !== 'FOR PROCESSING') return undefined;
  return reason(
    'FOR_PROCESSING',
    'Presentation Intent Type (0008,0068) FOR PRESENTATION was expected, but it is FOR PROCESSING.',
  );
}

function judgeAge(
  { patientAgeYears }: DicomHeader,
  { minPatientAgeYears }: ProjectionPolicy,
): GateReason | undefined {
  if (patientAgeYears === undefined || patientAgeYears >= minPatientAgeYears) return undefined;
  // The age itself stays out of the message: it is stored and logged with the study.
  return reason(
    'PATIENT_TOO_YOUNG',
    `A patient of at least ${minPatientAgeYears} years was expected, but this one is younger.`,
  );
}

function judgeFrames({ numberOfFrames }: DicomHeader): GateReason | undefined {
  if (numberOfFrames === 1) return undefined;
  return reason(
    'SEVERAL_FRAMES',
    `Number of Frames (0028,0008) 1 was expected, but it is ${numberOfFrames}.`,
  );
}

function silences(header: DicomHeader): string[] {
  const notes: string[] = [];
  if (header.modality === undefined) notes.push('Modality (0008,0060) is missing.');
  if (header.viewPosition === undefined && header.viewCode === undefined)
    notes.push('View Position (0018,5101) is missing.');
  if (header.bodyPartExamined === undefined) notes.push('Body Part Examined (0018,0015) is missing.');
  if (header.patientAgeYears === undefined) notes.push("Patient's Age (0010,1010) is missing.");
  return notes;
}

function reason(code: GateReasonCode, message: string): GateReason {
  return { code, message };
}

/** A code string as it may appear in a message; anything else in its place is somebody's free text. */
function quote(code: string): string {
  return /^[A-Z0-9_ ^-]{1,32}$/.test(code) ? code : 'none of the defined terms';
}
