import type { DataSet } from '../dicom/data-set';
import { Tag } from '../dicom/dicom.tag';
import { type LookUpTable, lookUp, readLookUpTable } from './look-up-table';

/** The Modality LUT Module (PS3.3 C.11.1): stored values to values with a meaning. */
export type ModalityTransform =
  | { readonly kind: 'lut'; readonly table: LookUpTable }
  | { readonly kind: 'rescale'; readonly slope: number; readonly intercept: number };

/** Reads the sequence or, without one, slope and intercept; a slope that is absent or 0 counts as 1. */
export function readModalityTransform(dataSet: DataSet, signed: boolean): ModalityTransform {
  const item = dataSet.firstItem(Tag.ModalityLUTSequence);
  if (item) return { kind: 'lut', table: readLookUpTable(item, signed) };
  return {
    kind: 'rescale',
    slope: dataSet.decimal(Tag.RescaleSlope) || 1,
    intercept: dataSet.decimal(Tag.RescaleIntercept) ?? 0,
  };
}

/** Applies the transform to one stored value. */
export function applyModality(transform: ModalityTransform, stored: number): number {
  return transform.kind === 'lut'
    ? lookUp(transform.table, stored)
    : stored * transform.slope + transform.intercept;
}
