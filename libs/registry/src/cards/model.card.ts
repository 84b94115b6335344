import { ModelInspection } from '../inspection/model.inspection';
import { DeclaredValue } from '../inspection/onnx.report';
import { ModelVersion, StageTransition } from '../models/registered-model.types';

/** What every card says first. */
export const CARD_CAUTION =
  'Written from what the registry recorded, and nothing else: what does not stand here is not known. ' +
  'Not a medical device; a radiologist decides.';

/** What is recorded of a model version, as a document. Times are ISO 8601; absent is null or empty. */
export interface ModelCard {
  readonly caution: string;
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly stage: string;
  readonly registeredAt: string;
  readonly updatedAt: string;
  readonly source: string;
  readonly runId: string | null;
  /** Commit of the code that trained it. */
  readonly codeVersion: string | null;
  readonly parent: { readonly name: string; readonly version: number } | null;
  /** As the file states it, for example `detect`. */
  readonly task: string | null;
  /** As the file states it. */
  readonly licence: string | null;
  readonly file: { readonly sha256: string; readonly sizeBytes: number } | null;
  readonly format: ModelFormat | null;
  readonly inspection: Pick<ModelInspection, 'verdict' | 'problems' | 'signedBy' | 'revision'> | null;
  /** In the order of class ids. */
  readonly classes: readonly { readonly name: string; readonly threshold: number | null }[];
  readonly metrics: readonly {
    readonly name: string;
    readonly value: number;
    readonly dataset: string | null;
  }[];
  readonly datasets: readonly { readonly name: string; readonly digest: string }[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly aliases: readonly string[];
  /** How it came to its stage, the first step first. */
  readonly history: readonly CardTransition[];
}

/** What the inspection read in the file. */
export interface ModelFormat {
  readonly irVersion: number | null;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: string;
  readonly nodes: number;
  readonly weightBytes: number;
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
}

export interface CardTransition {
  readonly from: string;
  readonly to: string;
  readonly move: string;
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** The card of a version. */
export function modelCardOf(version: ModelVersion, history: readonly StageTransition[]): ModelCard {
  const { contents, inspection } = version;
  const metadata = inspection?.report?.metadata ?? [];
  return {
    caution: CARD_CAUTION,
    name: version.name,
    version: version.version,
    description: version.description,
    stage: version.stage,
    registeredAt: isoOf(version.createdAtMs),
    updatedAt: isoOf(version.updatedAtMs),
    source: version.source,
    runId: version.runId,
    codeVersion: contents.codeVersion ?? null,
    parent: contents.parent ?? null,
    task: metadata.find(({ key }) => key === 'task')?.value || null,
    licence: metadata.find(({ key }) => /^licen[cs]e$/i.test(key))?.value || null,
    file: contents.onnx ? { sha256: contents.onnx.sha256, sizeBytes: contents.onnx.sizeBytes } : null,
    format: formatOf(inspection),
    inspection: inspection && {
      verdict: inspection.verdict,
      problems: inspection.problems,
      signedBy: inspection.signedBy,
      revision: inspection.revision,
    },
    classes: (contents.classNames ?? []).map((name) => ({
      name,
      threshold: contents.thresholds?.[name] ?? null,
    })),
    metrics: (contents.metrics ?? []).map(({ key, value, datasetName }) => ({
      name: key,
      value,
      dataset: datasetName || null,
    })),
    datasets: contents.datasets ?? [],
    tags: version.tags,
    aliases: version.aliases,
    history: history.map(({ from, to, move, actor, reason, atMs }) => ({
      from,
      to,
      move,
      actor,
      reason,
      at: isoOf(atMs),
    })),
  };
}

function formatOf(inspection: ModelInspection | null): ModelFormat | null {
  const report = inspection?.report;
  if (!report) return null;
  const { irVersion, opsets, producer, nodes, initialisers, inputs, outputs } = report;
  return { irVersion, opsets, producer, nodes, weightBytes: initialisers.bytes, inputs, outputs };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** For example `float32 [batch, 3, 640, 640]`; `?` is open. */
export function shapeOf({ type, dims }: DeclaredValue): string {
  return `${type ?? 'unknown'} ${dims ? `[${dims.map((dim) => dim ?? '?').join(', ')}]` : '[…]'}`;
}
