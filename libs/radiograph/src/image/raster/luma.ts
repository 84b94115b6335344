/**
 * ITU-R BT.601 luma of interleaved 8- or 16-bit samples, in 16-bit fixed point with rounding: what OpenCV, Pillow
 * and the Y channel of a JPEG agree on within one grey level. A grey pixel (R = G = B) keeps its value exactly.
 * `channels` is 3 or 4; a fourth channel (alpha) is ignored.
 */
export function lumaOf<T extends Uint8Array | Uint16Array>(samples: T, channels: number): T {
  const count = Math.floor(samples.length / channels);
  const luma = (samples instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count)) as T;
  for (let i = 0, s = 0; i < count; i++, s += channels) {
    // 19595 + 38470 + 7471 = 65536; a 16-bit sample overflows 32 bits signed, hence the unsigned shift.
    luma[i] = (samples[s] * 19595 + samples[s + 1] * 38470 + samples[s + 2] * 7471 + 32768) >>> 16;
  }
  return luma;
}

/** Every `channels`-th sample, starting at the first: the grey of a grey-with-alpha image. */
export function firstChannelOf<T extends Uint8Array | Uint16Array>(samples: T, channels: number): T {
  if (channels === 1) return samples;
  const count = Math.floor(samples.length / channels);
  const first = (samples instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count)) as T;
  for (let i = 0, s = 0; i < count; i++, s += channels) first[i] = samples[s];
  return first;
}
