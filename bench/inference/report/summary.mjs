import { medianOf, medianOfEach, quantileOf } from './statistics.mjs';

/**
 * A model's rounds in numbers. Everything is the median over the rounds; latencies are of all rounds together.
 *
 * `ceiling.share` is R* of each film: the share of the raw runtime's rate that is left when decoding, letterbox,
 * HTTP and the client, which share the cores with the model, are paid for in CPU time.
 */
export function summarise(rounds, { films, contestants }) {
  const turns = rounds.flatMap((round) => round.turns);
  const raw = medianOfEach(turns.map((turn) => turn.raw));
  const single = medianOfEach(rounds.map(({ ceiling }) => ceiling.single));
  const openvino = rounds.flatMap(({ ceiling }) => ceiling.openvino ?? []);
  return {
    rounds: rounds.length,
    raw,
    single,
    foreignShare: medianOf(turns.flatMap(({ loads }) => loads.map((load) => load.foreignShare))),
    ...(openvino.length > 0 && { openvino: medianOfEach(openvino) }),
    films: films.map(({ name, title }) => {
      const ceiling = ceilingOf(rounds, name, raw);
      const quickestMs = single.runMs + ceiling.decodeElapsedMs + ceiling.letterboxElapsedMs;
      const rows = contestants.map((contestant) => ({
        contestant: contestant.name,
        title: contestant.title,
        ...rowsOf(turns, contestant.name, name, { ceiling, quickestMs }),
      }));
      return { film: name, title, ceiling, quickestMs, rows };
    }),
    failures: Object.fromEntries(
      turns.flatMap(({ contestant, failure }) => (failure ? [[contestant, lastLine(failure)]] : [])),
    ),
  };
}

/** CPU milliseconds of one image by what they are spent on, and R*. */
function ceilingOf(rounds, film, raw) {
  const costs = medianOfEach(rounds.map(({ ceiling }) => ceiling.films[film]));
  const http = medianOfEach(rounds.map(({ ceiling }) => ceiling.http[film]));
  const parts = {
    rawCpuMs: raw.cpuMs,
    decodeCpuMs: costs.decode.cpuMs,
    letterboxCpuMs: costs.letterbox.cpuMs,
    httpCpuMs: http.serverCpuMs,
    clientCpuMs: http.clientCpuMs,
  };
  const whole = Object.values(parts).reduce((sum, ms) => sum + ms, 0);
  return {
    ...parts,
    wholeCpuMs: whole,
    share: raw.cpuMs / whole,
    decodeElapsedMs: costs.decode.elapsedMs,
    letterboxElapsedMs: costs.letterbox.elapsedMs,
  };
}

/** What one contestant did on one film, by concurrency. */
function rowsOf(turns, contestant, film, { ceiling, quickestMs }) {
  const loads = turns
    .filter((turn) => turn.contestant === contestant)
    .flatMap(({ raw, loads: own }) =>
      own.filter((load) => load.film === film).map((load) => ({ ...load, raw })),
    );
  const at = {};
  for (const concurrency of new Set(loads.map((load) => load.concurrency))) {
    const same = loads.filter((load) => load.concurrency === concurrency);
    const latencies = same.flatMap((load) => load.latencies);
    const toRaw = medianOf(same.map(({ perSecond, raw }) => perSecond / raw.perSecond));
    const p50Ms = quantileOf(latencies, 0.5);
    at[concurrency] = {
      perSecond: medianOf(same.map((load) => load.perSecond)),
      p50Ms,
      p99Ms: quantileOf(latencies, 0.99),
      latencies: latencies.length,
      toRaw,
      toCeiling: toRaw / ceiling.share,
      cpuToCeiling: medianOf(same.map((load) => ceiling.wholeCpuMs / (load.serverCpuMs + load.clientCpuMs))),
      toQuickest: p50Ms / quickestMs,
      serverCpuMs: medianOf(same.map((load) => load.serverCpuMs)),
      clientCpuMs: medianOf(same.map((load) => load.clientCpuMs)),
      threadCpuMs: medianOfEach(same.map((load) => load.threadCpuMs)),
    };
  }
  return { at };
}

function lastLine(text) {
  return text
    .trim()
    .split('\n')
    .at(-1)
    .replaceAll(/\/[\w./-]+\//g, '…/');
}
