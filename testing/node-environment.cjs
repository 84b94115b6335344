const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest runs tests in a realm of its own, where `Uint8Array` is not the one native addons (sharp,
 * onnxruntime) and worker threads know, so their `instanceof` checks fail on perfectly good buffers.
 * This environment hands the outer realm's binary types to the tests.
 */
module.exports = class SharedTypedArraysEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    const names = [
      'ArrayBuffer',
      'SharedArrayBuffer',
      'DataView',
      'Int8Array',
      'Uint8Array',
      'Uint8ClampedArray',
      'Int16Array',
      'Uint16Array',
      'Int32Array',
      'Uint32Array',
      'Float32Array',
      'Float64Array',
      'BigInt64Array',
      'BigUint64Array',
    ];
    for (const name of names) this.global[name] = globalThis[name];
  }
};
