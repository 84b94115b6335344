import { readdirSync, readFileSync } from 'node:fs';

const MS_PER_TICK = 10;

/**
 * User and system time of a process and all its descendants, in milliseconds by process and thread name, from /proc:
 * which thread worked how long. A thread that ended is not counted any more.
 */
export function cpuMsByThread(pid) {
  const byName = {};
  for (const { pid: member, name } of treeOf(pid)) {
    for (const task of readdirSafely(`/proc/${member}/task`)) {
      const thread = readStat(`/proc/${member}/task/${task}/stat`);
      if (!thread) continue;
      const label = thread.name === name ? name : `${name} / ${thread.name}`;
      byName[label] = (byName[label] ?? 0) + thread.cpuMs;
    }
  }
  return byName;
}

function treeOf(root) {
  const processes = readdirSafely('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(`/proc/${name}/stat`) ?? []);
  const members = new Set([root]);
  // A child may have a smaller number than its parent, so go round until nobody joins.
  for (let before = 0; before < members.size; ) {
    before = members.size;
    for (const { pid, parent } of processes) if (members.has(parent)) members.add(pid);
  }
  return processes.filter(({ pid }) => members.has(pid));
}

/** Undefined when it ended meanwhile. */
function readStat(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  return { pid: Number.parseInt(text, 10), name, parent: Number(fields[1]), cpuMs };
}

function readdirSafely(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
