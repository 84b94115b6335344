import { Injectable, OnModuleInit } from '@nestjs/common';
import { ModelRepository, PoolStats } from '@thorax/inference';
import { getToken, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { ModuleRef } from '@nestjs/core';
import { Gauge } from 'prom-client';

/** What is read off the detector whenever somebody asks for the metrics. */
const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly read: (stats: PoolStats) => number;
}[] = [
  {
    name: 'thorax_inference_queue_length',
    help: 'Requests waiting for a detector worker.',
    read: ({ queued }) => queued,
  },
  {
    name: 'thorax_inference_requests_running',
    help: 'Requests that a detector worker is on.',
    read: ({ running }) => running,
  },
  {
    name: 'thorax_inference_held_bytes',
    help: 'Bytes of images and tensors that are waiting or being worked on.',
    read: ({ heldBytes }) => heldBytes,
  },
  {
    name: 'thorax_inference_workers_ready',
    help: 'Detector workers that can take requests.',
    read: ({ workersReady }) => workersReady,
  },
  {
    name: 'thorax_inference_workers_replaced',
    help: 'Detector workers that died or hung and were replaced, since the start.',
    read: ({ restarts }) => restarts,
  },
];

export const detectorMetricProviders = GAUGES.map(({ name, help }) => makeGaugeProvider({ name, help }));

/** How the detector is doing, for Prometheus. */
@Injectable()
export class DetectorMetrics implements OnModuleInit {
  constructor(
    private readonly modules: ModuleRef,
    private readonly models: ModelRepository,
  ) {}

  onModuleInit(): void {
    for (const { name, read } of GAUGES) {
      const gauge = this.modules.get<Gauge>(getToken(name), { strict: false });
      Object.assign(gauge, { collect: () => gauge.set(read(this.models.primary.stats())) });
    }
  }
}
