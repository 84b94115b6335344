import { Inject, Injectable } from '@nestjs/common';
import { ResultCache } from '@thorax/inference';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';

const REQUESTS = 'thorax_result_cache_requests_total';
const STORE_FAILURES = 'thorax_result_cache_store_failures_total';
const BYTES = 'thorax_result_cache_size_bytes';
const ENTRIES = 'thorax_result_cache_entries';

export const resultCacheMetricProviders = [
  makeCounterProvider({
    name: REQUESTS,
    help: 'Images looked up in the result cache: known (hit), run (miss), or answered by the run of another request (joined).',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: STORE_FAILURES,
    help: 'Lookups and writes that counted as misses: the store failed or took too long, or an entry was unreadable.',
    labelNames: ['reason'],
  }),
  makeGaugeProvider({
    name: BYTES,
    help: 'Bytes of kept results; of all replicas where they share them, as of the last result this one kept.',
  }),
  makeGaugeProvider({ name: ENTRIES, help: 'Kept results, reckoned like their bytes.' }),
];

/** Shows what the cache counts itself, whenever somebody looks; zeros when it is off. */
@Injectable()
export class ResultCacheMetrics {
  constructor(
    @InjectMetric(REQUESTS) requests: Counter,
    @InjectMetric(STORE_FAILURES) failures: Counter,
    @InjectMetric(BYTES) bytes: Gauge,
    @InjectMetric(ENTRIES) entries: Gauge,
    @Inject(ResultCache) cache: ResultCache | null,
  ) {
    const show = (
      counter: Counter,
      label: string,
      values: () => Record<string, number | undefined>,
    ): void => {
      const collect = (): void => {
        counter.reset();
        for (const [value, count] of Object.entries(values())) counter.inc({ [label]: value }, count ?? 0);
      };
      Object.assign(counter, { collect });
    };
    show(requests, 'outcome', () => {
      const stats = cache?.stats;
      return { hit: stats?.hits, miss: stats?.misses, joined: stats?.joined };
    });
    show(failures, 'reason', () => {
      const store = cache?.stats.store;
      return { failed: store?.failures, unreadable: store?.unreadable };
    });
    Object.assign(bytes, { collect: () => bytes.set(cache?.stats.store.bytes ?? 0) });
    Object.assign(entries, { collect: () => entries.set(cache?.stats.store.entries ?? 0) });
  }
}
