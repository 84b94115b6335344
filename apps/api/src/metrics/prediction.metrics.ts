import { Injectable } from '@nestjs/common';
import { Detection } from '@thorax/inference';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Histogram, register } from 'prom-client';

const PREDICTIONS = 'thorax_predictions_total';
const REFUSALS = 'thorax_prediction_failures_total';
const FINDINGS = 'thorax_findings_total';
const STAGE_SECONDS = 'thorax_prediction_stage_duration_seconds';

/** Gauges of prom-client that are named like counters, which promtool objects to; others say the same. */
const misnamedDefaults = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

export const predictionMetricProviders = [
  makeCounterProvider({
    name: PREDICTIONS,
    help: 'Images predicted on, by kind of file.',
    labelNames: ['source'],
  }),
  makeCounterProvider({
    name: REFUSALS,
    help: 'Images not predicted on, by error code.',
    labelNames: ['code'],
  }),
  makeCounterProvider({ name: FINDINGS, help: 'Findings answered, by class.', labelNames: ['class'] }),
  makeHistogramProvider({
    name: STAGE_SECONDS,
    help: 'Time of each stage of a prediction.',
    labelNames: ['stage'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
];

/** What the product counts about predictions. No label ever holds anything of a patient. */
@Injectable()
export class PredictionMetrics {
  constructor(
    @InjectMetric(PREDICTIONS) private readonly predictions: Counter,
    @InjectMetric(REFUSALS) private readonly failures: Counter,
    @InjectMetric(FINDINGS) private readonly findings: Counter,
    @InjectMetric(STAGE_SECONDS) private readonly stageSeconds: Histogram,
  ) {
    for (const name of misnamedDefaults) register.removeSingleMetric(name);
  }

  /** Stages are those of runs: an answer that did not run, or whose run another request has told of, has none. */
  predicted({ source, findings, timingsMs, cached }: Detection): void {
    this.predictions.inc({ source });
    for (const finding of findings) this.findings.inc({ class: finding.class });
    if (cached) return;
    for (const [stage, ms] of Object.entries(timingsMs)) this.stageSeconds.observe({ stage }, ms / 1000);
  }

  failed(error: unknown): void {
    const code = (error as { code?: unknown } | null)?.code;
    this.failures.inc({ code: typeof code === 'string' ? code : 'INTERNAL_ERROR' });
  }
}
