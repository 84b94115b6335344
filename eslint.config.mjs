import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { oneDomainOutsideFlow } from './lint/one-domain-outside-flow.rule.mjs';

/**
 * The three floors of docs/map.md. Ground imports nothing of ours; domain libraries stand on the ground
 * and never import each other; the application stands on all; the page talks to it over HTTP only.
 */
const floors = [
  { sourceTag: 'floor:ground', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'floor:domain', onlyDependOnLibsWithTags: ['floor:ground'] },
  { sourceTag: 'floor:application', onlyDependOnLibsWithTags: ['floor:ground', 'floor:domain'] },
  { sourceTag: 'floor:web', onlyDependOnLibsWithTags: [] },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.nx/**',
      '.venv*/**',
      'bench/models-cache/**',
      '.thorax/**',
      'samples/**',
      'apps/web/src/api/schema.d.ts',
    ],
  },
  tseslint.configs.recommended,
  {
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          depConstraints: floors,
          enforceBuildableLibDependency: false,
          // A worker thread is started by its published path, the only one that exists outside tests.
          allowCircularSelfDependency: true,
        },
      ],
      // Loaded late, after its surroundings are prepared; see onnx.model-runner.ts.
      '@typescript-eslint/no-require-imports': ['error', { allow: ['^onnxruntime-node$'] }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400 }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration[source.value=/dist/]', message: 'Import packages by their names.' },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['apps/api/src/**/*.ts', 'libs/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.e2e-spec.ts', '**/testing/**'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }] },
  },
  {
    files: ['apps/api/src/**/*.ts'],
    ignores: [
      'apps/api/src/flow/**',
      'apps/api/src/application.module.ts',
      '**/*.spec.ts',
      '**/*.e2e-spec.ts',
    ],
    plugins: { thorax: { rules: { 'one-domain-outside-flow': oneDomainOutsideFlow } } },
    rules: { 'thorax/one-domain-outside-flow': 'error' },
  },
  {
    files: ['apps/api/src/**/*.ts', 'libs/**/*.ts'],
    ignores: ['apps/api/src/main.ts', '**/*.spec.ts', '**/*.e2e-spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only main.ts reads the environment, through config/env.ts.',
        },
      ],
    },
  },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off', '@nx/enforce-module-boundaries': 'off' },
  },
);
