/**
 * The attributes this library reads, as `group << 16 | element` (unsigned). Names are the keywords of PS3.6.
 * No attribute that names a patient is here: what is not listed is never decoded, let alone kept.
 */
export const Tag = {
  TransferSyntaxUID: 0x00020010,
  SOPClassUID: 0x00080016,
  SOPInstanceUID: 0x00080018,
  StudyDate: 0x00080020,
  Modality: 0x00080060,
  PresentationIntentType: 0x00080068,
  CodeValue: 0x00080100,
  CodingSchemeDesignator: 0x00080102,
  PatientBirthDate: 0x00100030,
  PatientAge: 0x00101010,
  BodyPartExamined: 0x00180015,
  ImagerPixelSpacing: 0x00181164,
  ViewPosition: 0x00185101,
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
  PatientOrientation: 0x00200020,
  SamplesPerPixel: 0x00280002,
  PhotometricInterpretation: 0x00280004,
  PlanarConfiguration: 0x00280006,
  NumberOfFrames: 0x00280008,
  Rows: 0x00280010,
  Columns: 0x00280011,
  PixelSpacing: 0x00280030,
  BitsAllocated: 0x00280100,
  BitsStored: 0x00280101,
  HighBit: 0x00280102,
  PixelRepresentation: 0x00280103,
  PixelPaddingValue: 0x00280120,
  PixelPaddingRangeLimit: 0x00280121,
  BurnedInAnnotation: 0x00280301,
  WindowCenter: 0x00281050,
  WindowWidth: 0x00281051,
  RescaleIntercept: 0x00281052,
  RescaleSlope: 0x00281053,
  VOILUTFunction: 0x00281056,
  ModalityLUTSequence: 0x00283000,
  LUTDescriptor: 0x00283002,
  LUTData: 0x00283006,
  VOILUTSequence: 0x00283010,
  ViewCodeSequence: 0x00540220,
  PresentationLUTShape: 0x20500020,
  PixelData: 0x7fe00010,
} as const;

/** Tags kept by the walker, at the top and inside the three sequences it enters. */
export const READ_TAGS: ReadonlySet<number> = new Set(Object.values(Tag));

/** The sequences whose first item is read; every other one is skipped. */
export const READ_SEQUENCES: ReadonlySet<number> = new Set([
  Tag.ModalityLUTSequence,
  Tag.VOILUTSequence,
  Tag.ViewCodeSequence,
]);
