/** Unit and integration tests of every project; one run, one summary. */
module.exports = {
  projects: [
    '<rootDir>/libs/*/jest.config.cjs',
    '<rootDir>/apps/*/jest.config.cjs',
    '<rootDir>/lint/jest.config.cjs',
  ],
};
