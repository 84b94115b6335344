import { Context, log, NativeCodecs } from 'dcmjs-codecs';
import { DecoderUnavailableError } from '../decoder-unavailable.error';
import { RefusedImageError } from '../refused-image.error';
import type { PixelFormat } from './pixel-format';

/** The decoders that come as WebAssembly: CharLS, OpenJPEG and OpenJPH. */
export type NativeCoding = 'jpeg-ls' | 'jpeg2000' | 'htj2k';

/** WebAssembly memory never shrinks; beyond this the instance is dropped after use, and the next image loads a new one. */
const KEPT_MEMORY_BYTES = 192 * 1024 * 1024;

const DECODE = {
  'jpeg-ls': 'decodeJpegLs',
  jpeg2000: 'decodeJpeg2000',
  htj2k: 'decodeHtJpeg2000',
} as const satisfies Record<NativeCoding, keyof typeof NativeCodecs>;

let loading: Promise<void> | undefined;

/**
 * Decodes one frame whose own header the caller has compared with `format` and the limits. Samples come as the codec
 * stores them: little-endian, by pixel. Throws `CORRUPT_IMAGE`, or {@link DecoderUnavailableError} when the WebAssembly module does not load.
 */
export async function decodeNative(
  coding: NativeCoding,
  frame: Uint8Array,
  format: PixelFormat,
): Promise<Uint8Array | Uint16Array> {
  // Between the load and here another image may have failed and dropped the instance.
  while (!NativeCodecs.isInitialized()) await load();
  const context = new Context({
    width: format.columns,
    height: format.rows,
    bitsAllocated: format.bitsAllocated,
    bitsStored: format.bitsStored,
    samplesPerPixel: format.samplesPerPixel,
    pixelRepresentation: format.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: format.photometric,
    encodedBuffer: frame,
  });
  try {
    const decoded = NativeCodecs[DECODE[coding]](context).getDecodedBuffer() ?? new Uint8Array(0);
    if (memoryBytes() > KEPT_MEMORY_BYTES) unload();
    return samplesOf(decoded, format);
  } catch (error) {
    // A thrown exception leaves the C++ heap as it was at the throw: the instance must not be used again.
    unload();
    if (error instanceof RefusedImageError) throw error;
    throw new RefusedImageError('CORRUPT_IMAGE', `The ${coding} pixel data is damaged: decoding it failed.`);
  }
}

function samplesOf(decoded: Uint8Array, format: PixelFormat): Uint8Array | Uint16Array {
  const samples = format.columns * format.rows * format.samplesPerPixel;
  if (decoded.length === samples && format.bitsAllocated === 8) return decoded;
  if (decoded.length !== samples * 2 || format.bitsAllocated !== 16) {
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      'The compressed pixel data decodes to another size than Rows and Columns say.',
    );
  }
  return new Uint16Array(decoded.buffer, decoded.byteOffset, samples);
}

async function load(): Promise<void> {
  log.setLevel('silent'); // Its messages quote the file.
  loading ??= NativeCodecs.initializeAsync();
  try {
    await loading;
  } catch (error) {
    loading = undefined;
    throw new DecoderUnavailableError('dcmjs-codecs', error);
  }
}

function unload(): void {
  loading = undefined;
  NativeCodecs.release();
}

/** Size of the instance's memory; the field is not in the package's types. */
function memoryBytes(): number {
  const { wasmApi } = NativeCodecs as unknown as { wasmApi?: { wasmMemory: { buffer: ArrayBuffer } } };
  return wasmApi?.wasmMemory.buffer.byteLength ?? 0;
}
