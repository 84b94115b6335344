import { ServingConfig } from '../model-config';
import { InstanceConfig } from '../instance-config';

/** What a load may say in place of the configuration file. */
export interface LoadOverrides {
  readonly instances?: InstanceConfig;
  readonly serving?: Partial<ServingConfig>;
}

/** Files of one version of a model, found and measured, not opened. */
export interface ModelVersionSource {
  readonly name: string;
  readonly version: string;
  readonly modelPath: string;
  readonly configPath?: string;
  /** Size of the ONNX file. */
  readonly fileBytes: number;
  /** Equal as long as files and overrides are. */
  readonly fingerprint: string;
  readonly overrides?: LoadOverrides;
  /** Removes the files when nobody needs them any more; absent where they are the operator's. */
  readonly dispose?: () => Promise<void>;
}

/** One version that is there: with its files, or with what is wrong with them. */
export type CatalogueEntry =
  | ModelVersionSource
  | { readonly name: string; readonly version?: string; readonly problem: string };

/** Port: where models that could be loaded are found. */
export interface ModelCatalogue {
  /** All versions of all models, by name and rising version. Never rejects for single models. */
  list(): Promise<readonly CatalogueEntry[]>;
  /** Those of one model, whatever its name is; empty when there is no such model. */
  versionsOf(name: string): Promise<readonly CatalogueEntry[]>;
}

/** For a server without a folder of models. */
export const EMPTY_CATALOGUE: ModelCatalogue = {
  list: async () => [],
  versionsOf: async () => [],
};

/** Whether it has files that could be loaded. */
export function isLoadable(entry: CatalogueEntry): entry is ModelVersionSource {
  return !('problem' in entry);
}

/** Names of models: what is safe as a folder, in an address, as a label. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Versions, as Triton has them: positive whole numbers. */
export const MODEL_VERSION = /^[1-9]\d{0,8}$/;

/** Order of versions: by number where they are numbers, otherwise as texts. */
export function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
