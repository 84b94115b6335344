/**
 * The fourteen local findings of VinDr-CXR, in the order of their ids (0–13) in the published dataset.
 * "No finding" (id 14 there) is deliberately absent: an image without findings is a true negative,
 * never a box of a fifteenth class.
 */
export const FINDING_CLASSES = [
  'Aortic enlargement',
  'Atelectasis',
  'Calcification',
  'Cardiomegaly',
  'Consolidation',
  'ILD',
  'Infiltration',
  'Lung Opacity',
  'Nodule/Mass',
  'Other lesion',
  'Pleural effusion',
  'Pleural thickening',
  'Pneumothorax',
  'Pulmonary fibrosis',
] as const;

/** Name of one of the fourteen findings, spelled as VinDr-CXR spells it. */
export type FindingClass = (typeof FINDING_CLASSES)[number];
