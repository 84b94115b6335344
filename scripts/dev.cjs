#!/usr/bin/env node
'use strict';
/**
 * The one bootstrap behind `npm start` and `npm test`. It uses nothing but Node's built-ins, so it runs
 * on a fresh clone: it installs what package-lock.json asks for, moves on to the Node that came with
 * it, builds what changed, and then does what it was called for.
 */
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const modules = join(root, 'node_modules');
const installStamp = join(modules, '.thorax-install');
const buildStamp = join(modules, '.thorax-build');
const minimumNodeMajor = 24;

const commands = {
  start: (args) => become(['apps/api/dist/main.js', ...args]),
  build: () => undefined,
  sample: (args) => run('node', ['apps/api/dist/cli/write-phantoms.js', ...sampleDefaults(args)]),
  bench: (args) => run('node', args),
  openapi: () => {
    run('node', ['apps/api/dist/cli/write-openapi.js']);
    run('npm', ['run', '--silent', '--workspace', '@thorax/web', 'generate']);
  },
  lint,
  test: (args) => {
    lint();
    run('tsc', ['--project', 'apps/web']);
    run('jest', ['--config', 'jest.config.cjs', ...args]);
  },
  e2e: (args) => run('jest', ['--config', 'jest.e2e.config.cjs', ...args]),
};

function main() {
  const [name, ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) fail(`Unknown command ${name}. Known: ${Object.keys(commands).join(', ')}.`);
  install();
  moveToBundledNode();
  build();
  command(args);
}

/** Runs `npm ci` unless the installed tree is that of the present lock file. */
function install() {
  const wanted = digestOf(['package-lock.json', ...packageFiles()]);
  if (readIfThere(installStamp) === wanted) return;
  say('Installing dependencies');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(installStamp, wanted);
}

/** Re-executes this script under the Node that npm installed, unless the present one is new enough. */
function moveToBundledNode() {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  process.env.PATH = [join(modules, '.bin'), process.env.PATH].join(':');
  if (process.env.THORAX_NODE_READY === 'yes') return;
  const bundled = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  const usable = existsSync(bundled);
  if (!usable && Number(process.versions.node.split('.')[0]) < minimumNodeMajor) {
    fail(
      `Thorax runs on Node ${minimumNodeMajor} or newer; this is ${process.version} on ` +
        `${process.platform}-${process.arch}, for which npm has no Node to bundle. Install a newer Node.`,
    );
  }
  process.env.THORAX_NODE_READY = 'yes';
  if (usable) process.env.PATH = [join(bundled, '..'), process.env.PATH].join(':');
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, ...flags].filter(Boolean).join(' ');
  become(process.argv.slice(1), usable ? bundled : process.execPath);
  throw new Handover();
}

/** Compiles the projects and the reading page when a source is newer than the last build. */
function build() {
  const newest = Math.max(...sources().map((file) => statSync(file).mtimeMs));
  if (existsSync(buildStamp) && Number(readFileSync(buildStamp, 'utf8')) >= newest) return;
  say('Building');
  run('tsc', ['--build']);
  run('npm', ['run', '--silent', '--workspace', '@thorax/web', 'build']);
  writeFileSync(buildStamp, String(newest));
}

/** The import rules need Nx's project graph, which this first call leaves in its cache. */
function lint() {
  process.env.NX_DAEMON = 'false';
  spawnSync('nx', ['show', 'projects'], {
    cwd: root,
    env: process.env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  run('eslint', ['.']);
}

function sources() {
  const below = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (entry.name === 'dist' || entry.name === 'node_modules') return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? below(path) : entry.name.endsWith('.tsbuildinfo') ? [] : [path];
    });
  return [
    ...['apps', 'libs'].flatMap((folder) => below(join(root, folder))),
    join(root, 'tsconfig.base.json'),
  ];
}

function packageFiles() {
  const inWorkspaces = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')),
  );
  return ['package.json', ...inWorkspaces.filter((file) => existsSync(join(root, file))).sort()];
}

function sampleDefaults(args) {
  return args.length > 0 ? args : ['--out', 'samples', '--count', '12', '--seed', '1', '--format', 'both'];
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Runs a program to its end; ends this one with its exit code if it fails. */
function run(program, args) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: process.env,
  });
  if (error) fail(`Could not run ${program}: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

/**
 * Hands over to a child that lives and ends with this process: signals are passed on, its exit code is
 * ours, and the IPC channel between the two closes with us, which tells the child to stop even when
 * we are killed outright.
 */
function become(args, node = process.execPath) {
  const child = spawn(node, args, { cwd: root, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.channel) process.once('disconnect', () => child.kill('SIGTERM'));
  else whenNpmIsGone(() => child.kill('SIGTERM'));
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/**
 * npm runs scripts through a shell that passes no signal on, so whoever kills npm reaches neither of us.
 * What we can see is that npm, or the shell between, is no longer our ancestor.
 */
function whenNpmIsGone(stop) {
  if (!process.env.npm_lifecycle_event) return;
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const atStart = ancestors();
  setInterval(() => {
    if (ancestors() !== atStart) stop();
  }, 500).unref();
}

function parentOf(pid) {
  // After the command name, which may hold anything, come the state and the parent.
  const stat = readIfThere(`/proc/${pid}/stat`) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2];
}

function say(text) {
  process.stderr.write(`thorax: ${text} …\n`);
}

function fail(text) {
  process.stderr.write(`thorax: ${text}\n`);
  process.exit(1);
}

/** Thrown to leave `main` when a child has taken over. */
class Handover {}

mkdirSync(modules, { recursive: true });
try {
  main();
} catch (error) {
  if (!(error instanceof Handover)) throw error;
}
