import { status } from '@grpc/grpc-js';
import { ModelInferRequestMessage, ModelStreamInferResponseMessage } from '@thorax/inference';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { GrpcClient, refusalOf } from '../../../testing/grpc.client';
import { binaryRequest, callTensors } from '../../../testing/open-inference.client';
import { RunningApplication, startApplication } from '../../../testing/start-application';

jest.setTimeout(120_000);

const SIDE = 64;
const ELEMENTS = 3 * SIDE * SIDE;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const config = `
model: {name: tiny, version: '7'}
serving: {max_batch_size: 4, preferred_batch_size: [2], max_queue_delay_microseconds: 0}`;
const tensor = { name: 'images', datatype: 'FP32', shape: [1, 3, SIDE, SIDE] };

function image(level: number, count = 1): Buffer {
  return Buffer.from(new Float32Array(count * ELEMENTS).fill(level).buffer);
}

function request(over: Partial<ModelInferRequestMessage> = {}): ModelInferRequestMessage {
  return { model_name: 'tiny', inputs: [tensor], raw_input_contents: [image(0.25)], ...over };
}

describe('the Open Inference Protocol over gRPC', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  let client: GrpcClient;

  beforeAll(async () => {
    model = await modelFolder({ scoreFollowsBrightness: true }, config);
    app = await startApplication({
      MODEL_PATH: model.modelPath,
      OPEN_INFERENCE_GRPC_PORT: '0',
      OPEN_INFERENCE_MAX_BODY_BYTES: String(MAX_BODY_BYTES),
    });
    client = new GrpcClient(/grpc:\/\/(\S+)/.exec(app.output.join('\n'))![1]!);
  });
  afterAll(async () => {
    client?.close();
    await app?.stop();
    await model?.remove();
  });

  const httpDocument = async (path: string) => (await callTensors(`${app.url}/v2${path}`)).body;

  it('says that it lives and what is ready', async () => {
    expect(await client.call('ServerLive', {})).toEqual({ live: true });
    expect(await client.call('ServerReady', {})).toEqual({ ready: true });
    expect(await client.call('ModelReady', { name: 'tiny' })).toEqual({ ready: true });
    expect(await client.call('ModelReady', { name: 'tiny', version: '7' })).toEqual({ ready: true });
    expect(await client.call('ModelReady', { name: 'tiny', version: '8' })).toEqual({ ready: false });
    expect(await client.call('ModelReady', { name: 'stranger' })).toEqual({ ready: false });
  });

  it('tells of the server and its model what HTTP tells', async () => {
    expect(await client.call('ServerMetadata', {})).toEqual(await httpDocument(''));
    expect(await client.call('ModelMetadata', { name: 'tiny' })).toEqual(await httpDocument('/models/tiny'));
    const { config: told } = await client.call('ModelConfig', { name: 'tiny', version: '7' });
    expect(told).toMatchObject(await httpDocument('/models/tiny/config'));
    const { models } = await client.call('RepositoryIndex', { ready: true });
    expect(models).toEqual([{ name: 'tiny', version: '7', state: 'READY', reason: '' }]);
  });

  it('finds what HTTP finds, bit for bit, from raw and from typed elements', async () => {
    const raw = await client.infer(request({ id: 'mine', outputs: [{ name: 'output0' }] }));
    const numbers = [...new Float32Array(ELEMENTS).fill(0.25)];
    const typed = await client.infer(
      request({ inputs: [{ ...tensor, contents: { fp32_contents: numbers } }], raw_input_contents: [] }),
    );
    const { body, headers } = binaryRequest(tensor, image(0.25), {
      parameters: { binary_data_output: true },
    });
    const answer = await fetch(`${app.url}/v2/models/tiny/infer`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers,
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const theirs = bytes.subarray(Number(answer.headers.get('inference-header-content-length')));

    expect(raw).toMatchObject({
      model_name: 'tiny',
      model_version: '7',
      id: 'mine',
      outputs: [{ name: 'output0', datatype: 'FP32', shape: [1, 18, 84] }],
      parameters: { batch_size: { int64_param: 1 } },
    });
    expect(Buffer.from(raw.raw_output_contents[0]!).equals(theirs)).toBe(true);
    expect(Buffer.from(typed.raw_output_contents[0]!).equals(theirs)).toBe(true);
  });

  it('counts every inference in the statistics that both show', async () => {
    const before = (await client.call('ModelStatistics', { name: 'tiny' })).model_stats[0]!;
    await client.infer(request());
    await client.infer(
      request({ inputs: [{ ...tensor, shape: [2, 3, SIDE, SIDE] }], raw_input_contents: [image(0, 2)] }),
    );
    await refusalOf(client.infer(request({ outputs: [{ name: 'stranger' }] })));
    const [after] = (await client.call('ModelStatistics', { name: '' })).model_stats;
    expect(after!.inference_count - before.inference_count).toBe(3);
    const succeeded = (stats: typeof before) => stats.inference_stats!.success!.count;
    const failed = (stats: typeof before) => stats.inference_stats!.fail!.count;
    expect(succeeded(after!) - succeeded(before)).toBe(2);
    expect(failed(after!) - failed(before)).toBe(1);
    const { model_stats } = await httpDocument('/models/tiny/stats');
    expect(after).toMatchObject((model_stats as object[])[0]!);
  });

  it('answers a stream in its order, one answer a request, and goes on after a wrong one', async () => {
    const stream = client.stream();
    const answers: ModelStreamInferResponseMessage[] = [];
    const over = new Promise<void>((resolve, reject) => {
      stream.on('data', (answer: ModelStreamInferResponseMessage) => answers.push(answer));
      stream.on('end', resolve);
      stream.on('error', reject);
    });
    const count = 40;
    for (let index = 0; index < count; index++) {
      const wrong = { inputs: [{ ...tensor, shape: [1, 3, 1, 1] }] };
      stream.write(
        request({ id: String(index), ...(index === 5 && wrong), raw_input_contents: [image(index / 100)] }),
      );
    }
    stream.end();
    await over;
    expect(answers.map(({ infer_response }) => infer_response!.id)).toEqual(
      Array.from({ length: count }, (_, index) => (index === 5 ? '' : String(index))),
    );
    expect(answers[5]!.error_message).toMatch(/unexpected total byte size/);
    const scores = answers
      .filter((_, index) => index !== 5)
      .map(({ infer_response }) => {
        const [bytes] = infer_response!.raw_output_contents;
        return Math.max(...new Float32Array(new Uint8Array(bytes!).buffer).subarray(4 * 84));
      });
    expect(scores).toEqual([...scores].sort((one, other) => one - other));
    expect(answers[0]!.infer_response!.parameters).toMatchObject({
      triton_final_response: { bool_param: true },
    });
  });

  it('names the request of a stream that the model refuses', async () => {
    const stream = client.stream();
    const answer = new Promise<ModelStreamInferResponseMessage>((resolve) => stream.once('data', resolve));
    stream.write(request({ id: 'mine', model_name: 'stranger' }));
    expect(await answer).toMatchObject({ error_message: /./, infer_response: { id: 'mine' } } as object);
    stream.end();
  });

  const badInputs: [string, Partial<ModelInferRequestMessage>, number, RegExp][] = [
    ['an unknown model', { model_name: 'stranger' }, status.NOT_FOUND, /unknown model: 'stranger'/],
    ['an unknown version', { model_version: '8' }, status.NOT_FOUND, /version '8'/],
    [
      'a wrong name',
      { inputs: [{ ...tensor, name: 'x' }] },
      status.INVALID_ARGUMENT,
      /unexpected inference input/,
    ],
    [
      'a wrong type',
      { inputs: [{ ...tensor, datatype: 'UINT8' }], raw_input_contents: [image(0).subarray(0, ELEMENTS)] },
      status.INVALID_ARGUMENT,
      /expecting FP32/,
    ],
    ['an unknown type', { inputs: [{ ...tensor, datatype: 'BYTES' }] }, status.INVALID_ARGUMENT, /'BYTES'/],
    [
      'a wrong shape',
      { inputs: [{ ...tensor, shape: [1, 3, 32, 128] }] },
      status.INVALID_ARGUMENT,
      /unexpected shape/,
    ],
    [
      'a negative dimension',
      { inputs: [{ ...tensor, shape: [-1, 3, SIDE, SIDE] }] },
      status.INVALID_ARGUMENT,
      /whole numbers from 0/,
    ],
    [
      'an empty batch',
      { inputs: [{ ...tensor, shape: [0, 3, SIDE, SIDE] }], raw_input_contents: [Buffer.alloc(0)] },
      status.INVALID_ARGUMENT,
      /batch is empty/,
    ],
    [
      'too large a batch',
      { inputs: [{ ...tensor, shape: [5, 3, SIDE, SIDE] }], raw_input_contents: [image(0, 5)] },
      status.INVALID_ARGUMENT,
      /batch-size must be <= 4/,
    ],
    [
      'a truncated tensor',
      { raw_input_contents: [image(0).subarray(1)] },
      status.INVALID_ARGUMENT,
      /unexpected total byte size 49151/,
    ],
    [
      'an input too many',
      { raw_input_contents: [image(0), image(0)] },
      status.INVALID_ARGUMENT,
      /each of the 1 inputs, got 2/,
    ],
    ['no input', { inputs: [], raw_input_contents: [] }, status.INVALID_ARGUMENT, /expected 1 input/],
    ['NaN', { raw_input_contents: [image(NaN)] }, status.INVALID_ARGUMENT, /finite/],
    [
      'an unknown output',
      { outputs: [{ name: 'x' }] },
      status.INVALID_ARGUMENT,
      /unexpected inference output/,
    ],
    [
      'classification',
      { outputs: [{ name: 'output0', parameters: { classification: { int64_param: 2 } } }] },
      status.UNIMPLEMENTED,
      /classification/,
    ],
    [
      'shared memory',
      { inputs: [{ ...tensor, parameters: { shared_memory_region: { string_param: 'x' } } }] },
      status.UNIMPLEMENTED,
      /shared memory/,
    ],
    [
      'a message too large',
      { raw_input_contents: [Buffer.alloc(MAX_BODY_BYTES)] },
      status.RESOURCE_EXHAUSTED,
      /larger than max/,
    ],
  ];

  it.each(badInputs)('refuses %s', async (_, over, code, details) => {
    expect(await refusalOf(client.infer(request(over)))).toMatchObject({
      code,
      details: expect.stringMatching(details),
    });
  });

  it('refuses what is no message with INVALID_ARGUMENT', async () => {
    const noise = Buffer.alloc(1000, 0xff);
    for (const method of ['ModelInfer', 'ModelConfig', 'RepositoryModelLoad'] as const) {
      expect(await refusalOf(client.send(method, noise).answer)).toMatchObject({
        code: status.INVALID_ARGUMENT,
      });
    }
    const flood = Buffer.alloc(1_000_000, Buffer.of(0x1a, 0x00));
    expect(await refusalOf(client.send('RepositoryModelLoad', flood).answer)).toMatchObject({
      details: expect.stringMatching(/more than 10000 fields/),
    });
    expect(await refusalOf(client.send('ModelReady', Buffer.alloc(70_000)).answer)).toMatchObject({
      details: expect.stringMatching(/larger than 65536/),
    });
  });

  it('loads the model it has, and neither another one nor none', async () => {
    await client.call('RepositoryModelLoad', { model_name: 'tiny' });
    const refused = async (...call: Parameters<GrpcClient['call']>) =>
      (await refusalOf(client.call(...call))).code;
    expect(await refused('RepositoryModelLoad', { model_name: 'stranger' })).toBe(status.NOT_FOUND);
    const file = { 'file:1/model.onnx': { bytes_param: Buffer.of(1) } };
    expect(await refused('RepositoryModelLoad', { model_name: 'tiny', parameters: file })).toBe(
      status.UNIMPLEMENTED,
    );
    expect(await refused('RepositoryModelUnload', { model_name: 'tiny' })).toBe(status.UNIMPLEMENTED);
  });

  it('shows settings and refuses to change them; shared memory it has none', async () => {
    expect((await client.call('TraceSetting', {})).settings).toMatchObject({
      trace_level: { value: ['OFF'] },
    });
    expect((await client.call('LogSettings', {})).settings).toMatchObject({ log_info: { bool_param: true } });
    const refused = async (...call: Parameters<GrpcClient['call']>) =>
      (await refusalOf(client.call(...call))).code;
    expect(await refused('LogSettings', { settings: { log_info: { bool_param: false } } })).toBe(
      status.UNIMPLEMENTED,
    );
    expect(await refused('TraceSetting', { settings: { trace_rate: { value: ['1'] } } })).toBe(
      status.UNIMPLEMENTED,
    );
    for (const kind of ['System', 'Cuda'] as const) {
      for (const what of ['Status', 'Register', 'Unregister'] as const) {
        expect(await refused(`${kind}SharedMemory${what}`, {})).toBe(status.UNIMPLEMENTED);
      }
    }
  });

  it('says that its port is taken', async () => {
    const taken = { OPEN_INFERENCE_GRPC_PORT: new URL(app.url).port };
    await expect(startApplication({ MODEL_PATH: model.modelPath, ...taken })).rejects.toThrow(
      /OPEN_INFERENCE_GRPC_PORT: cannot listen on port \d+ of 127.0.0.1/,
    );
  });

  it('has answered all of this with the same model, which still answers', async () => {
    await client.infer(request());
    expect(app.output.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
});
