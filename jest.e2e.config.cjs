/** Tests that drive the whole built application through a real browser. */
module.exports = {
  ...require('./jest.preset.cjs'),
  rootDir: __dirname,
  testMatch: ['<rootDir>/apps/*/src/**/*.e2e-spec.ts'],
};
