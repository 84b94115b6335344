import type { DataSet } from '../dicom/data-set';
import { Tag } from '../dicom/dicom.tag';
import { type LookUpTable, lookUp, readLookUpTable } from './look-up-table';

/** VOI LUT Function (0028,1056); absent means LINEAR. */
export type WindowFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** The VOI LUT Module (PS3.3 C.11.2): which values of interest become black to white. */
export type VoiTransform =
  | { readonly kind: 'lut'; readonly table: LookUpTable }
  | {
      readonly kind: 'window';
      readonly function: WindowFunction;
      readonly center: number;
      readonly width: number;
    }
  | { readonly kind: 'range'; readonly low: number; readonly high: number };

/**
 * Reads the first VOI LUT or, without one, the first window; `undefined` when there is neither, or a width that the
 * function forbids. The table comes first where both are present: it is the curve the manufacturer chose for this
 * image, and a window beside it is its linear stand-in.
 */
export function readVoiTransform(dataSet: DataSet, signedInput: boolean): VoiTransform | undefined {
  const item = dataSet.firstItem(Tag.VOILUTSequence);
  if (item) return { kind: 'lut', table: readLookUpTable(item, signedInput) };
  const center = dataSet.decimal(Tag.WindowCenter);
  const width = dataSet.decimal(Tag.WindowWidth);
  const name = dataSet.codes(Tag.VOILUTFunction)[0];
  const shape: WindowFunction = name === 'LINEAR_EXACT' || name === 'SIGMOID' ? name : 'LINEAR';
  if (center === undefined || width === undefined) return undefined;
  // C.11.2.1.2.1 and C.11.2.1.3: LINEAR needs a width of at least 1, the others one above 0.
  if (shape === 'LINEAR' ? width < 1 : width <= 0) return undefined;
  return { kind: 'window', function: shape, center, width };
}

/** The transform of one value, as a fraction of white (0–1). */
export function applyVoi(transform: VoiTransform, value: number): number {
  if (transform.kind === 'lut') return lookUp(transform.table, value) / (2 ** transform.table.bits - 1);
  if (transform.kind === 'window')
    return applyWindow(transform.function, value, transform.center, transform.width);
  const { low, high } = transform;
  return high > low ? clampFraction((value - low) / (high - low)) : 0;
}

/** PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID) and C.11.2.1.3.2 (LINEAR_EXACT). */
export function applyWindow(shape: WindowFunction, value: number, center: number, width: number): number {
  if (shape === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (shape === 'LINEAR_EXACT') return clampFraction((value - center) / width + 0.5);
  if (width === 1) return value <= center - 0.5 ? 0 : 1;
  return clampFraction((value - (center - 0.5)) / (width - 1) + 0.5);
}

function clampFraction(fraction: number): number {
  return fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
}
