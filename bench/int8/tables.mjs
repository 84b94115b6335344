/** The results as Markdown. */
export function writeTables({ about, models }) {
  const { processor, instructions, node, onnxruntime } = about;
  const vnni = instructions.some((one) => one.includes('vnni'));
  return `${[
    '# INT8 against float',
    '',
    `${processor}, ${instructions.join(', ') || 'instruction sets unknown'}; Node ${node}, onnxruntime-node ${onnxruntime}. ` +
      (vnni
        ? 'It multiplies bytes with VNNI.'
        : '**It has no VNNI**: what INT8 gains where there is VNNI, this run cannot show.'),
    '',
    'Milliseconds are medians for one image. "× float" is the median of each round’s ratio to the float graph at the ' +
      'same batch, "gain" that of images per CPU second to the same graph at batch 1. With one thread CPU time is the ' +
      'thread’s own; with more it is the process’s and includes the runtime’s waiting.',
    ...models.flatMap(ofModel),
  ].join('\n')}\n`;
}

function ofModel({ name, quantisation, settings, preparation, differences }) {
  const { fidelity, judgement, quantisation: facts, source, result } = quantisation;
  const accuracy = judgement
    ? `Mean AP50 ${interval(judgement.float_map50)} → ${interval(judgement.int8_map50)}, drop ${interval(judgement.map50_drop)}.`
    : `Random weights: accuracy cannot be judged; scores differ by ${fidelity.largest_score_difference} at most.`;
  return [
    '',
    `## ${name}`,
    '',
    `${megabytes(source.bytes)} → ${megabytes(result.bytes)} MB; ${facts.quantised_convolutions} of ${facts.convolutions} ` +
      `convolutions in bytes. ${accuracy}`,
    ...settings.flatMap(ofSetting),
    '',
    `Graph preparation of the INT8 file: ${preparation.applied.join(', ') || 'nothing'} applied, ` +
      `${preparation.speedup.toFixed(2)} × its stock graph` +
      (preparation.rejected ? ` (${preparation.rejected})` : '') +
      '.',
    ...Object.entries(differences).map(
      ([graph, { scores, pixels }]) =>
        `Cut head, ${graph.replace('int8', 'INT8')}: scores move by ${scores.toExponential(1)}, boxes by ${pixels.toExponential(1)} px.`,
    ),
  ];
}

function ofSetting({ threads, rows, pays }) {
  return [
    '',
    `### ${threads} thread${threads === 1 ? '' : 's'}`,
    '',
    '| graph | batch | rounds | wall ms | CPU ms | wall × float | CPU × float | gain |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...rows.map((row) => {
      const times = [row.wallMs, row.cpuMs].map((ms) => ms.toFixed(1));
      const ratios = [row.wallSpeedup, row.cpuSpeedup, row.cpuBatchGain].map((ratio) => ratio.toFixed(2));
      return `| ${[row.graph.replace('int8', 'INT8'), row.batch, row.rounds, ...times, ...ratios].join(' | ')} |`;
    }),
    ...(pays ? ['', `Largest batch that pays: float ${pays.float}, INT8 ${pays.int8}.`] : []),
  ];
}

function interval({ value, low, high }) {
  return `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
