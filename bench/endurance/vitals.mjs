import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process, in MiB, and its open files. */
export function vitalsOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rssKib = Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]);
  const threads = Number(/^Threads:\s+(\d+)/m.exec(status)[1]);
  return { rssMib: rssKib / 1024, threads, files: readdirSync(`/proc/${pid}/fd`).length };
}

/** Values of the named metrics by name; sums over labels. */
export async function metricsOf(url, names) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Object.fromEntries(
    names.map((name) => {
      const lines = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'));
      return [name, [...lines].reduce((sum, [, value]) => sum + Number(value), 0)];
    }),
  );
}

/** Waits until what is held for requests is nothing; gives up after `limitMs`. Resolves with the last figures. */
export async function untilIdle(url, limitMs = 30_000) {
  const names = [
    'thorax_inference_queue_length',
    'thorax_inference_requests_running',
    'thorax_inference_held_bytes',
    'thorax_inference_workers_ready',
    'thorax_inference_workers_replaced',
  ];
  const deadline = performance.now() + limitMs;
  for (;;) {
    const figures = await metricsOf(url, names);
    const idle = names.slice(0, 3).every((name) => figures[name] === 0);
    if (idle || performance.now() > deadline) return { ...figures, idle };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Slope of a line through points [x, y] by Theil and Sen: the median of the slopes of all pairs. */
export function slopeOf(points) {
  const slopes = points.flatMap(([x, y], index) =>
    points.slice(index + 1).map(([otherX, otherY]) => (otherY - y) / (otherX - x)),
  );
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1] ?? 0;
}
