import type { DataSet } from '../dicom/data-set';
import { Tag } from '../dicom/dicom.tag';
import type { PixelFormat } from '../dicom/pixel-format';
import type { GrayLevels } from '../sampled-image';
import { applyModality, type ModalityTransform, readModalityTransform } from './modality.transform';
import { isInverted } from './presentation';
import { shiftOf, type StoredFormat, storedValue } from './stored-value';
import { applyVoi, readVoiTransform, type VoiTransform } from './voi.transform';

/** Everything that turns a sample into a grey level, in the order in which it is applied. */
export interface GrayscalePipeline {
  readonly stored: StoredFormat;
  readonly modality: ModalityTransform;
  /** Absent: the range of the values that occur, padding left out, becomes black to white. */
  readonly voi?: VoiTransform;
  readonly inverted: boolean;
  /** Stored values that mean "no image here" (PS3.3 C.7.5.1.1.2); only kept out of the range. */
  readonly padding?: { readonly low: number; readonly high: number };
}

/** Reads the pipeline from a header. Throws `CORRUPT_IMAGE` on a damaged look-up table. */
export function readPipeline(dataSet: DataSet, format: PixelFormat): GrayscalePipeline {
  const modality = readModalityTransform(dataSet, format.signed);
  const signedValues = modality.kind === 'rescale' && (format.signed || modality.intercept < 0);
  return {
    stored: format,
    modality,
    voi: readVoiTransform(dataSet, signedValues),
    inverted: isInverted(format.photometric, dataSet.codes(Tag.PresentationLUTShape)[0]),
    padding: paddingOf(dataSet, format),
  };
}

/**
 * The grey levels of samples: stored value → modality → values of interest → inversion → 0–255, rounded. The whole
 * chain is computed once for each of the at most 65,536 codes.
 */
export function grayLevelsOf(samples: Uint8Array | Uint16Array, pipeline: GrayscalePipeline): GrayLevels {
  const { stored, modality, inverted } = pipeline;
  const mask = 2 ** stored.bitsStored - 1;
  const voi = pipeline.voi ?? usedRange(samples, pipeline);
  const table = new Uint8Array(mask + 1);
  for (let code = 0; code <= mask; code++) {
    const fraction = applyVoi(voi, applyModality(modality, storedValue(code, stored)));
    table[code] = Math.round((inverted ? 1 - fraction : fraction) * 255);
  }
  return { table, shift: shiftOf(stored), mask };
}

/** The range of the modality values that occur, padding left out unless there is nothing else. */
function usedRange(samples: Uint8Array | Uint16Array, pipeline: GrayscalePipeline): VoiTransform {
  const { stored, modality, padding } = pipeline;
  const shift = shiftOf(stored);
  const mask = 2 ** stored.bitsStored - 1;
  const occurs = new Uint8Array(mask + 1);
  for (let i = 0; i < samples.length; i++) occurs[(samples[i] >> shift) & mask] = 1;
  let low = Infinity;
  let high = -Infinity;
  for (let code = 0; code <= mask; code++) {
    if (occurs[code] === 0) continue;
    const value = storedValue(code, stored);
    if (padding && value >= padding.low && value <= padding.high) continue;
    const meaning = applyModality(modality, value);
    if (meaning < low) low = meaning;
    if (meaning > high) high = meaning;
  }
  return low <= high ? { kind: 'range', low, high } : { kind: 'range', low: 0, high: 0 };
}

function paddingOf(dataSet: DataSet, format: PixelFormat): GrayscalePipeline['padding'] {
  const value = dataSet.uint16(Tag.PixelPaddingValue);
  if (value === undefined) return undefined;
  const limit = dataSet.uint16(Tag.PixelPaddingRangeLimit) ?? value;
  const [a, b] = [value, limit].map((raw) => (format.signed && raw > 0x7fff ? raw - 0x10000 : raw));
  return { low: Math.min(a, b), high: Math.max(a, b) };
}
