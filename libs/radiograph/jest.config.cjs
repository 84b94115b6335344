module.exports = { ...require('../../jest.preset.cjs'), displayName: 'radiograph', rootDir: __dirname };
