const { join } = require('node:path');

const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/**
 * Nest 12 and some of its companions ship ES modules only: jest requires them natively, given Node ≥ 24.9
 * and `--experimental-vm-modules` (scripts/dev.cjs sets both).
 */
module.exports = {
  testEnvironment: join(__dirname, 'testing/node-environment.cjs'),
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', swc] },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  moduleNameMapper: {
    '^@thorax/([a-z]+)$': join(__dirname, 'libs/$1/src/index.ts'),
    // Not the entries of workers, which are only ever started, and from what is built.
    '^@thorax/([a-z]+)/(testing|protobuf)$': join(__dirname, 'libs/$1/src/$2/index.ts'),
  },
};
