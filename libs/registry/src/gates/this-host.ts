import { arch, availableParallelism, cpus, platform } from 'node:os';

/** This host as far as latency depends on it. Replicas on equal machines are one host; no name or address is told. */
export function describeHost(): string {
  const model = cpus()[0]?.model.trim().replace(/\s+/g, ' ') || 'unknown processor';
  return `${platform()} ${arch()}, ${availableParallelism()} × ${model}`;
}
