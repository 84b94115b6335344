/**
 * Brings 16-bit samples of a PNG to 8 bits. PNG cannot say how many bits are used, and radiographs are commonly
 * exported as 10- or 12-bit values in 16-bit samples, which a plain division by 257 would turn almost black. So
 * the range is the narrowest power of two, from 8 to 16 bits, that holds the brightest sample: a 12-bit export is
 * read as 0–4095, a full-range image as 0–65535, and nothing is stretched by less than a factor of two.
 */
export function deepToGray(samples: Uint16Array): Uint8Array {
  let brightest = 0;
  for (let i = 0; i < samples.length; i++) if (samples[i] > brightest) brightest = samples[i];
  let white = 255;
  while (white < brightest) white = white * 2 + 1;
  const table = new Uint8Array(brightest + 1);
  for (let v = 0; v <= brightest; v++) table[v] = Math.round((v * 255) / white);
  const gray = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) gray[i] = table[samples[i]];
  return gray;
}
