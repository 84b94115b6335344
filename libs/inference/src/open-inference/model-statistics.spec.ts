import { InferenceRecord, ModelStatistics } from './model-statistics';

const record: InferenceRecord = {
  images: 1,
  batchSize: 1,
  totalMs: 10,
  queueMs: 4,
  inputMs: 1,
  inferMs: 3,
  outputMs: 2,
};

describe('ModelStatistics', () => {
  it('begins with every field that perf_analyzer reads', () => {
    const zero = { count: 0, ns: 0 };
    expect(new ModelStatistics().document('m', '1')).toMatchObject({
      name: 'm',
      version: '1',
      inference_count: 0,
      execution_count: 0,
      inference_stats: {
        success: zero, fail: zero, queue: zero, compute_input: zero, compute_infer: zero, compute_output: zero,
        cache_hit: zero, cache_miss: zero,
      },
      batch_stats: [],
    }); // prettier-ignore
  });

  it('counts images, executions and nanoseconds', () => {
    const statistics = new ModelStatistics();
    statistics.succeeded(record, 1000);
    // Three requests of two, one and one images that shared a run.
    statistics.succeeded({ ...record, images: 2, batchSize: 4, inferMs: 8 }, 2000);
    statistics.succeeded({ ...record, batchSize: 4, inferMs: 8 }, 2000);
    statistics.succeeded({ ...record, batchSize: 4, inferMs: 8 }, 2001);
    statistics.failed(7);
    expect(statistics.document('m', '1')).toMatchObject({
      last_inference: 2001,
      inference_count: 5,
      execution_count: 2,
      inference_stats: {
        success: { count: 4, ns: 40e6 },
        fail: { count: 1, ns: 7e6 },
        queue: { count: 4, ns: 16e6 },
        compute_infer: { count: 4, ns: 27e6 },
      },
      batch_stats: [
        { batch_size: 1, compute_infer: { count: 1, ns: 3e6 } },
        { batch_size: 4, compute_infer: { count: 1, ns: 8e6 }, compute_input: { count: 1, ns: 1e6 } },
      ],
    });
  });
});
