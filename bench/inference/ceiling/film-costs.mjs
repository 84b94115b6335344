/**
 * What a film costs before the model sees it: `node film-costs.mjs FILM SIDE SECONDS`. Decoding by Thorax's own
 * reader; letterbox, and gray levels to the three planes of a float tensor. Prints CPU and elapsed milliseconds of
 * one image, each stage alone on one thread.
 */
import { readFileSync } from 'node:fs';
import { requireOfApi } from '../workspace.mjs';

const { letterbox, readRadiograph } = requireOfApi('@thorax/radiograph');
const WARM_UP_SHARE = 0.3;

/** CPU and elapsed milliseconds of one call, over as many as fit. */
async function costOf(seconds, work) {
  const warm = performance.now() + seconds * WARM_UP_SHARE * 1000;
  while (performance.now() < warm) await work();
  const before = process.cpuUsage();
  const started = performance.now();
  let calls = 0;
  for (; calls === 0 || performance.now() - started < seconds * 1000; calls++) await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / calls, elapsedMs: (performance.now() - started) / calls };
}

function tensorWriter(image, side) {
  const plane = side * side;
  const gray = new Uint8Array(plane);
  const tensor = new Float32Array(3 * plane);
  const unit = Float32Array.from({ length: 256 }, (_, level) => level / 255);
  return () => {
    letterbox(image, side, side, gray);
    for (let pixel = 0; pixel < plane; pixel++) tensor[pixel] = unit[gray[pixel]];
    for (const channel of [1, 2]) tensor.copyWithin(channel * plane, 0, plane);
  };
}

const [film, side, seconds] = process.argv.slice(2);
const bytes = readFileSync(film);
const { image } = await readRadiograph(bytes);
process.stdout.write(
  JSON.stringify({
    decode: await costOf(Number(seconds), () => readRadiograph(bytes)),
    letterbox: await costOf(Number(seconds), tensorWriter(image, Number(side))),
  }),
);
