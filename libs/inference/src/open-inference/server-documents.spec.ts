import { modelDescription } from '../testing/model-description';
import { modelConfig, modelMetadata } from './server-documents';
import { modelInterfaceOf } from './tensor-specification';

const signature = {
  inputs: [{ name: 'images', type: 'float32', dims: [undefined, 3, 64, 64] }],
  outputs: [{ name: 'output0', type: 'float16', dims: [undefined, 18, undefined] }],
};

describe('what clients are told of a model', () => {
  const description = modelDescription();
  const face = modelInterfaceOf(description, signature);

  it('has the batch dimension in the metadata', () => {
    expect(modelMetadata(description, face)).toMatchObject({
      versions: [description.version],
      inputs: [{ name: 'images', datatype: 'FP32', shape: [-1, 3, 64, 64] }],
      outputs: [{ name: 'output0', datatype: 'FP32', shape: [-1, 18, -1] }],
    });
  });

  it('has it not in the configuration', () => {
    expect(modelConfig(description, face, { device: 'cpu', count: 2 })).toMatchObject({
      max_batch_size: face.maxBatchSize,
      input: [{ name: 'images', data_type: 'TYPE_FP32', dims: [3, 64, 64] }],
      output: [{ name: 'output0', data_type: 'TYPE_FP32', dims: [18, -1] }],
      instance_group: [{ kind: 'KIND_CPU', count: 2 }],
      response_cache: { enable: false },
    });
  });

  it('takes a fixed batch for the largest', () => {
    expect(modelInterfaceOf({ ...description, fixedBatchSize: 4 }, signature).maxBatchSize).toBe(4);
  });

  it('names the classes as a Python literal', () => {
    const named = modelDescription({ classes: ['ILD', `Nodule/"Mass"`], layout: 'end-to-end' });
    const { parameters } = modelConfig(named, face, { device: 'cpu', count: 1 });
    expect(parameters.metadata.string_value).toContain(`"names": {0: "ILD", 1: "Nodule/\\"Mass\\""}`);
    expect(parameters.metadata.string_value).toContain('"end2end": True');
  });
});
