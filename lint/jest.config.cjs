module.exports = {
  ...require('../jest.preset.cjs'),
  displayName: 'lint',
  rootDir: __dirname,
  testMatch: ['<rootDir>/*.spec.ts'],
};
