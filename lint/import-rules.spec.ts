import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(120_000);

const root = join(__dirname, '..');

/** Rules that `source` breaks when it stands in `file`, a path that need not exist. */
function brokenRules(file: string, source: string): string[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/eslint/bin/eslint.js'),
      '--stdin',
      '--stdin-filename',
      file,
      '--format',
      'json',
    ],
    { cwd: root, input: source, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false' } },
  );
  if (!stdout) throw new Error(stderr);
  const [{ messages }] = JSON.parse(stdout) as [{ messages: { ruleId: string | null; message: string }[] }];
  return messages.map(({ ruleId, message }) => ruleId ?? message);
}

const boundaries = '@nx/enforce-module-boundaries';

describe('the three floors', () => {
  it.each([
    [
      'the ground imports a domain',
      'libs/radiograph/src/illegal.ts',
      "export { Detector } from '@thorax/inference';",
    ],
    [
      'one ground library imports the other',
      'libs/platform/src/illegal.ts',
      "export { boxArea } from '@thorax/radiograph';",
    ],
    [
      'one domain imports the other',
      'libs/registry/src/illegal.ts',
      "export { Detector } from '@thorax/inference';",
    ],
    [
      'a domain imports the application',
      'libs/inference/src/illegal.ts',
      "export * from '../../../apps/api/src/application';",
    ],
    [
      'a library reaches into another by path',
      'libs/inference/src/illegal.ts',
      "export * from '../../radiograph/src/finding/box';",
    ],
    [
      'the page imports a library',
      'apps/web/src/illegal.ts',
      "export { boxArea } from '@thorax/radiograph';",
    ],
  ])('refuse it when %s', (_, file, source) => {
    expect(brokenRules(file, source)).toContain(boundaries);
  });

  it('allow a domain to stand on the ground', () => {
    expect(
      brokenRules('libs/inference/src/legal.ts', "export { boxArea } from '@thorax/radiograph';"),
    ).toEqual([]);
  });
});

describe('the application', () => {
  const twoDomains = "import '@thorax/inference';\nimport '@thorax/registry';\n";

  it('joins two domains in flow/ only', () => {
    const rule = 'thorax/one-domain-outside-flow';
    expect(brokenRules('apps/api/src/http/illegal.ts', twoDomains)).toContain(rule);
    expect(brokenRules('apps/api/src/flow/legal.ts', twoDomains)).not.toContain(rule);
  });

  it('reads the environment in one place only', () => {
    expect(brokenRules('apps/api/src/flow/illegal.ts', 'export const port = process.env.PORT;')).toContain(
      'no-restricted-properties',
    );
  });
});
