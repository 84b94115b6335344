import { data as dicom } from 'dcmjs';
import { PIXEL_MAX } from './exposure';
import type { Phantom } from './phantom';
import { Random } from './random';

/** How a phantom is stored as DICOM. Both interpretations show the same image. */
export interface PhantomDicomOptions {
  /** Default MONOCHROME2 (bright is dense). With MONOCHROME1 the stored values are inverted and so is the presentation. */
  readonly photometricInterpretation?: 'MONOCHROME1' | 'MONOCHROME2';
  /** Ends the patient's name and identifier; default: the seed. */
  readonly label?: string;
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const DX_FOR_PRESENTATION = '1.2.840.10008.5.1.4.1.1.1.1';

/** A fixed study moment: a phantom must not depend on the clock. */
const STUDY_DATE = '20200101';
const STUDY_TIME = '120000';

/**
 * Writes a phantom as a DICOM Part 10 file: Digital X-Ray for presentation, Explicit VR Little Endian, 12 bits stored in 16.
 * The patient is fictitious and the UIDs follow from seed, size and interpretation alone, so equal input gives equal bytes.
 */
export function encodePhantomDicom(phantom: Phantom, options: PhantomDicomOptions = {}): Uint8Array {
  const photometric = options.photometricInterpretation ?? 'MONOCHROME2';
  const label = options.label ?? String(phantom.seed);
  const sopInstance = phantomUid(phantom, photometric === 'MONOCHROME1' ? 4 : 3);
  const meta = dicom.DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: DX_FOR_PRESENTATION,
    MediaStorageSOPInstanceUID: sopInstance,
    TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
    ImplementationClassUID: '2.25.80302813137786398554742050926734630921',
    ImplementationVersionName: 'THORAX_PHANTOM',
  });
  const file = new dicom.DicomDict(meta);
  file.dict = dicom.DicomMetaDictionary.denaturalizeDataset({
    ...identity(phantom, label, sopInstance),
    ...acquisition(phantom),
    ...image(phantom, photometric),
  });
  return new Uint8Array(file.write({ allowInvalidVRLength: false }));
}

function identity(phantom: Phantom, label: string, sopInstance: string): Record<string, unknown> {
  const random = new Random(phantom.seed ^ 0x5eed);
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: DX_FOR_PRESENTATION,
    SOPInstanceUID: sopInstance,
    StudyInstanceUID: phantomUid(phantom, 1),
    SeriesInstanceUID: phantomUid(phantom, 2),
    StudyDate: STUDY_DATE,
    ContentDate: STUDY_DATE,
    AcquisitionDate: STUDY_DATE,
    StudyTime: STUDY_TIME,
    ContentTime: STUDY_TIME,
    AcquisitionTime: STUDY_TIME,
    AccessionNumber: `PH${label}`.slice(0, 16),
    ReferringPhysicianName: '',
    StudyID: '1',
    SeriesNumber: 1,
    InstanceNumber: 1,
    Modality: 'DX',
    Manufacturer: 'Thorax',
    ManufacturerModelName: 'Radiograph phantom',
    StudyDescription: 'Synthetic chest radiograph',
    PatientName: `PHANTOM^${label}`,
    PatientID: `PHANTOM-${label}`,
    PatientBirthDate: '',
    PatientSex: random.pick(['F', 'M']),
    PatientAge: `0${random.integer(25, 89)}Y`,
  };
}

function acquisition(phantom: Phantom): Record<string, unknown> {
  const spacing = decimal(phantom.pixelSpacing);
  return {
    BodyPartExamined: 'CHEST',
    AnatomicRegionSequence: [code('51185008', 'Thorax')],
    ViewCodeSequence: [code('272479007', 'postero-anterior')],
    AcquisitionContextSequence: [],
    DetectorType: '',
    PositionerType: 'NONE',
    ViewPosition: phantom.view,
    PatientOrientation: ['L', 'F'],
    ImageLaterality: 'U',
    PresentationIntentType: 'FOR PRESENTATION',
    KVP: phantom.exposure.kilovoltPeak,
    ExposureInuAs: Math.round(phantom.exposure.milliampereSeconds * 1000),
    ImagerPixelSpacing: [spacing, spacing],
    PixelSpacing: [spacing, spacing],
    BurnedInAnnotation: 'NO',
    ImageType: ['DERIVED', 'PRIMARY'],
  };
}

/** A SNOMED CT code as an item of a code sequence. */
function code(value: string, meaning: string): Record<string, string> {
  return { CodeValue: value, CodingSchemeDesignator: 'SCT', CodeMeaning: meaning };
}

function image(phantom: Phantom, photometric: 'MONOCHROME1' | 'MONOCHROME2'): Record<string, unknown> {
  const inverse = photometric === 'MONOCHROME1';
  const stored = inverse ? phantom.pixels.map((value) => PIXEL_MAX - value) : phantom.pixels;
  const { windowCenter, windowWidth } = phantom.exposure;
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: photometric,
    Rows: phantom.height,
    Columns: phantom.width,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: inverse ? 1 : -1,
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: 'US',
    WindowCenter: inverse ? PIXEL_MAX + 1 - windowCenter : windowCenter,
    WindowWidth: windowWidth,
    PresentationLUTShape: inverse ? 'INVERSE' : 'IDENTITY',
    LossyImageCompression: '00',
    PixelData: [littleEndian(stored)],
    _vrMap: { PixelData: 'OW' },
  };
}

/** Sixteen-bit values as bytes, least significant first, whatever the machine. */
function littleEndian(values: Uint16Array): ArrayBuffer {
  const bytes = new ArrayBuffer(values.length * 2);
  const view = new DataView(bytes);
  for (let i = 0; i < values.length; i++) view.setUint16(2 * i, values[i]!, true);
  return bytes;
}

/** A DICOM decimal string has at most 16 characters. */
function decimal(value: number): string {
  return value.toFixed(6);
}

/** A UID under 2.25 (a 128-bit number) that depends only on the phantom and on what it names. */
function phantomUid(phantom: Phantom, part: number): string {
  const random = new Random(
    phantom.seed ^
      Math.imul(part, 0x01000193) ^
      Math.imul(phantom.width, 0x10001) ^
      Math.imul(phantom.height, 0x2f0b4c47),
  );
  let number = 0n;
  for (let i = 0; i < 4; i++) number = (number << 32n) | BigInt(random.bits());
  return `2.25.${number}`;
}
