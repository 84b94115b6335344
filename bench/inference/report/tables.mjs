/** The results as Markdown: for each model and film the ceiling and a table of contestants. */
export function writeTables({ about, absent, models }) {
  const parts = [
    '# Inference: Thorax and its Python peers',
    '',
    `${about.cores} cores, client included; Node ${about.node}; interleaved rounds of ${about.seconds} s a measurement. ` +
      `Absolute numbers belong to one machine and one hour: compare ratios.`,
    'Each upload is a file that was not sent before. Thorax also stores the image and records the prediction;',
    'its peers answer and forget. The columns are explained in [bench/inference](../inference/README.md).',
    ...Object.entries(models).flatMap(([name, model]) => ofModel(name, model)),
    ...remarks('Not installed', absent),
  ];
  return `${parts.join('\n')}\n`;
}

function ofModel(name, model) {
  const { rounds, raw, single, openvino, foreignShare } = model;
  const limits = [
    `raw \`session.run\`: ${one(raw.perSecond)} images/s, ${one(raw.cpuMs)} CPU-ms an image`,
    `one thread alone: ${one(single.runMs)} ms`,
    ...(openvino ? [`OpenVINO alone: ${one(openvino.perSecond)} images/s`] : []),
  ];
  const others = `Rounds: ${rounds}; other programs took ${percent(foreignShare)} of the machine.`;
  return [
    ...['', `## ${name}`, '', `${limits.join('; ')}. ${others}`],
    ...model.films.flatMap(ofFilm),
    ...remarks('Failed', model.failures),
  ];
}

function ofFilm({ title, ceiling, quickestMs, rows }) {
  const { rawCpuMs, decodeCpuMs, letterboxCpuMs, httpCpuMs, clientCpuMs, share } = ceiling;
  const costs = [rawCpuMs, decodeCpuMs, letterboxCpuMs, httpCpuMs, clientCpuMs].map(one);
  return [
    '',
    `### ${title}`,
    '',
    `R\\* = ${two(share)} (CPU-ms: model ${costs[0]}, decode ${costs[1]}, letterbox ${costs[2]}, HTTP ${costs[3]}, ` +
      `client ${costs[4]}); quickest answer ${one(quickestMs)} ms.`,
    '',
    '| | concurrency | images/s | p50 ms | p99 ms | of raw | of R\\* | by CPU | p50 of quickest | server CPU-ms |',
    '| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...rows.flatMap(({ title: name, at }) =>
      Object.entries(at).map(([lanes, row]) => line(name, lanes, row)),
    ),
  ];
}

function line(
  name,
  lanes,
  { perSecond, p50Ms, p99Ms, toRaw, toCeiling, cpuToCeiling, toQuickest, serverCpuMs },
) {
  const alone = lanes === '1';
  const cells = [
    ...[name, lanes, one(perSecond), one(p50Ms), one(p99Ms), two(toRaw)],
    ...[alone ? '' : two(toCeiling), two(cpuToCeiling), alone ? two(toQuickest) : '', one(serverCpuMs)],
  ];
  return `| ${cells.join(' | ')} |`;
}

function remarks(heading, byName) {
  const lines = Object.entries(byName).map(([name, reason]) => `- ${heading}: ${name} (${reason})`);
  return lines.length > 0 ? ['', ...lines] : [];
}

const one = (value) => value.toFixed(1);
const percent = (share) => `${Math.round(100 * share)} %`;
const two = (value) => value.toFixed(2);
