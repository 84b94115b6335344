import type { DataSet } from './data-set';
import type { DicomFile } from './dicom-file.reader';
import { Tag } from './dicom.tag';

/**
 * What a DICOM header says about the image itself. Technical attributes only: no name, identifier, date or free text
 * of a patient or institution. The three instance UIDs are what results are filed under; treat them as pseudonyms.
 * An attribute that is absent or empty is absent here.
 */
export interface DicomHeader {
  transferSyntaxUid: string;
  sopClassUid?: string;
  sopInstanceUid?: string;
  studyInstanceUid?: string;
  seriesInstanceUid?: string;
  /** (0008,0060), e.g. `CR`, `DX`. */
  modality?: string;
  /** (0008,0068): `FOR PRESENTATION` or `FOR PROCESSING`. */
  presentationIntentType?: string;
  /** (0018,5101), e.g. `PA`, `AP`, `LL`. */
  viewPosition?: string;
  /** First code value of the View Code Sequence (0054,0220), e.g. `399348003` (SCT) or `R-10206` (SRT), both antero-posterior. */
  viewCode?: string;
  /** (0018,0015), e.g. `CHEST`. */
  bodyPartExamined?: string;
  /** (0020,0020): directions of the rows and of the columns, e.g. `['L', 'F']`. */
  patientOrientation?: string[];
  /** Whole years at the study, from Patient's Age or, failing that, from birth date and study date (which are not kept). */
  patientAgeYears?: number;
  /** (0028,0301): `YES` means that text, perhaps a name, is part of the pixels. */
  burnedInAnnotation?: string;
  photometricInterpretation?: string;
  presentationLutShape?: string;
  rows?: number;
  columns?: number;
  bitsAllocated?: number;
  bitsStored?: number;
  samplesPerPixel?: number;
  /** 1 when absent. */
  numberOfFrames: number;
  /** Row and column spacing in millimetres, at the patient (0028,0030) or else at the detector (0018,1164). */
  pixelSpacingMm?: [row: number, column: number];
}

/** Reads the header of an opened file. Never throws: unreadable attributes are left out. */
export function readHeader(file: DicomFile): DicomHeader {
  const { dataSet } = file;
  const code = (tag: number): string | undefined => dataSet.codes(tag)[0];
  const uid = (tag: number): string | undefined => {
    const text = dataSet.text(tag);
    return text !== undefined && /^[0-9.]{1,64}$/.test(text) ? text : undefined;
  };
  const header: DicomHeader = {
    transferSyntaxUid: file.transferSyntaxUid,
    sopClassUid: uid(Tag.SOPClassUID),
    sopInstanceUid: uid(Tag.SOPInstanceUID),
    studyInstanceUid: uid(Tag.StudyInstanceUID),
    seriesInstanceUid: uid(Tag.SeriesInstanceUID),
    modality: code(Tag.Modality),
    presentationIntentType: code(Tag.PresentationIntentType),
    viewPosition: code(Tag.ViewPosition),
    viewCode: dataSet.firstItem(Tag.ViewCodeSequence)?.codes(Tag.CodeValue)[0],
    bodyPartExamined: code(Tag.BodyPartExamined),
    patientOrientation: dataSet.codes(Tag.PatientOrientation),
    patientAgeYears: ageOf(dataSet),
    burnedInAnnotation: code(Tag.BurnedInAnnotation),
    photometricInterpretation: code(Tag.PhotometricInterpretation),
    presentationLutShape: code(Tag.PresentationLUTShape),
    rows: dataSet.uint16(Tag.Rows),
    columns: dataSet.uint16(Tag.Columns),
    bitsAllocated: dataSet.uint16(Tag.BitsAllocated),
    bitsStored: dataSet.uint16(Tag.BitsStored),
    samplesPerPixel: dataSet.uint16(Tag.SamplesPerPixel),
    numberOfFrames: dataSet.decimal(Tag.NumberOfFrames) ?? 1,
    pixelSpacingMm: spacingOf(dataSet, Tag.PixelSpacing) ?? spacingOf(dataSet, Tag.ImagerPixelSpacing),
  };
  if (header.patientOrientation?.length === 0) delete header.patientOrientation;
  for (const key of Object.keys(header) as (keyof DicomHeader)[])
    if (header[key] === undefined) delete header[key];
  return header;
}

/** Age String "nnnD", "nnnW", "nnnM" or "nnnY" (PS3.5 6.2), in whole years; else the years between two dates. */
function ageOf(dataSet: DataSet): number | undefined {
  const age = /^(\d{1,3})([DWMY])$/.exec(dataSet.text(Tag.PatientAge)?.toUpperCase() ?? '');
  if (age)
    return Math.floor(Number(age[1]) / { D: 365.25, W: 52.18, M: 12, Y: 1 }[age[2] as 'D' | 'W' | 'M' | 'Y']);
  const birth = /^\d{8}$/.exec(dataSet.text(Tag.PatientBirthDate) ?? '')?.[0];
  const study = /^\d{8}$/.exec(dataSet.text(Tag.StudyDate) ?? '')?.[0];
  if (!birth || !study) return undefined;
  // Dates as YYYYMMDD numbers: their difference, divided by 10,000, counts completed years.
  const years = Math.floor((Number(study) - Number(birth)) / 10_000);
  return years >= 0 && years <= 130 ? years : undefined;
}

function spacingOf(dataSet: DataSet, tag: number): [number, number] | undefined {
  const [row, column] = dataSet.decimals(tag);
  return row !== undefined && column !== undefined && row > 0 && column > 0 ? [row, column] : undefined;
}
