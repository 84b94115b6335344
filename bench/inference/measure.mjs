import { cpus } from 'node:os';
import { filmCosts, httpFloor, openvinoLimit, rawSession } from './ceiling/ceiling.mjs';
import { load } from './load/load.mjs';
import { Uploader } from './load/upload.mjs';

const WORKERS = cpus().length;
const FIRST_UPLOADS = 12;

/**
 * One round: what the ceiling is made of, then every contestant's turn on every film. A server runs only during
 * its own turn, so that none disturbs another, and the raw runtime is measured before each turn, because the
 * machine is not the same from one minute to the next.
 */
export async function measureRound({ model, films, contestants, concurrency, seconds, side }, say) {
  say('ceiling');
  const turns = [];
  const ceiling = {
    single: await rawSession(model, 1, seconds),
    openvino: await openvinoLimit(model, WORKERS, seconds),
    http: await httpFloor(films, Math.max(...concurrency), Math.min(seconds, 2)),
    films: {},
  };
  for (const { name, path } of films) ceiling.films[name] = await filmCosts(path, side, Math.min(seconds, 2));
  for (const contestant of contestants) {
    say(contestant.title);
    const raw = await rawSession(model, WORKERS, seconds);
    const loads = await measureTurn(contestant, { model, films, concurrency, seconds });
    turns.push({ contestant: contestant.name, raw, ...loads });
  }
  return { ceiling, turns };
}

async function measureTurn(contestant, { model, films, concurrency, seconds }) {
  let server;
  try {
    server = await contestant.start(model, WORKERS);
    const loads = [];
    for (const film of films) {
      await warmUp(server.url, contestant.upload(film));
      for (const lanes of concurrency) {
        const uploads = Array.from({ length: lanes }, () => contestant.upload(film));
        const result = await load({ url: server.url, pid: server.pid, uploads, seconds });
        loads.push({ film: film.name, concurrency: lanes, ...result });
      }
    }
    return { loads };
  } catch (error) {
    return { failure: error.message, loads: [] };
  } finally {
    await server?.stop();
  }
}

async function warmUp(url, upload) {
  const uploader = new Uploader(url, 1);
  try {
    for (let sent = 0; sent < FIRST_UPLOADS; sent++) {
      upload.renew();
      await uploader.send(upload);
    }
  } finally {
    uploader.close();
  }
}
