import { ModelInspection } from '../inspection/model.inspection';
import { Move, Stage } from '../stages/stage.machine';
import { KeyValue, Metric } from '../tracking/tracking.types';

export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly KeyValue[];
  readonly aliases: readonly { readonly alias: string; readonly version: number }[];
  /** Of each stage the newest version. */
  readonly latestVersions: readonly ModelVersion[];
}

/** What a version is made of; fixed for good when it is registered. Absent is what was not known then. */
export interface ModelContents {
  /** Lower-case hex, and size, of the ONNX file. */
  readonly onnx?: { readonly path: string; readonly sha256: string; readonly sizeBytes: number };
  /** Inputs and outputs: names, element types and shapes. */
  readonly signature?: unknown;
  /** In the order of class ids. */
  readonly classNames?: readonly string[];
  /** Confidence by class, 0..1. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** The text of model_config.yaml. */
  readonly modelConfig?: string;
  /** As they stood when it was registered. */
  readonly metrics?: readonly Metric[];
  /** Datasets that its run read. */
  readonly datasets?: readonly { readonly name: string; readonly digest: string }[];
  /** Commit of the code that trained it. */
  readonly codeVersion?: string;
  /** The version it was made from. */
  readonly parent?: { readonly name: string; readonly version: number };
}

export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  /** As the client named it. */
  readonly source: string;
  /** Where its files are. */
  readonly storageLocation: string;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly loggedModelId: string | null;
  readonly contents: ModelContents;
  /** What was found in its ONNX file when it was registered; null where there was none here. */
  readonly inspection: ModelInspection | null;
  readonly stage: Stage;
  /** Changes with every change of stage; what `expectedRevision` is compared with. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly KeyValue[];
  readonly aliases: readonly string[];
}

export interface NewModelVersion {
  readonly name: string;
  /** `runs:/`, `models:/`, `mlflow-artifacts:/` or another URI. */
  readonly source: string;
  readonly runId?: string;
  readonly runLink?: string;
  readonly loggedModelId?: string;
  readonly description?: string;
  readonly tags?: readonly KeyValue[];
  /** What the caller knows; what the registry can see for itself comes on top. */
  readonly contents?: ModelContents;
}

/** Why a version changes its stage. */
export interface TransitionGrounds {
  /** Who decided. */
  readonly actor: string;
  readonly reason: string;
  /** Reports, numbers, links: whatever the decision stands on. */
  readonly evidence?: Readonly<Record<string, unknown>>;
}

export interface TransitionRequest extends TransitionGrounds {
  readonly name: string;
  readonly version: number;
  readonly to: Stage;
  /** Archives the other versions in that stage along with it. */
  readonly archiveOthers: boolean;
  /** The revision that the decision was made on; default: the one that stands. */
  readonly expectedRevision?: number;
}

/** One entry of a version's history, which is never changed. */
export interface StageTransition extends TransitionGrounds {
  readonly version: number;
  readonly from: Stage;
  readonly to: Stage;
  readonly move: Move;
  readonly atMs: number;
}
