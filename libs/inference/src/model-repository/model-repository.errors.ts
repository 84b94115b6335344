import { InferenceError } from '../errors';

const MEBIBYTE = 1024 * 1024;
const told = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)} MiB`;
const titleOf = ({ name, version }: { name: string; version?: string }): string =>
  version === undefined ? `'${name}'` : `'${name}' version '${version}'`;

/** Nothing of that name and version is served, is being loaded or could be. */
export class ModelNotFoundError extends InferenceError<{ name: string; version?: string }> {
  readonly code = 'MODEL_NOT_FOUND';
  readonly kind = 'invalid';

  constructor(details: { name: string; version?: string }) {
    super(
      `Request for unknown model: ${titleOf(details)} is not found`,
      'The repository index lists what there is.',
      details,
    );
  }
}

/** A model could not be loaded; those that are served are not affected. `reason` says what is wrong with it. */
export class ModelLoadFailedError extends InferenceError<{
  name: string;
  version?: string;
  reason: string;
  causeCode: string;
}> {
  readonly code = 'MODEL_LOAD_FAILED';
  readonly kind = 'misconfigured';

  constructor(details: { name: string; version?: string; reason: string; causeCode: string }) {
    super(
      `failed to load ${titleOf(details)}: ${details.reason}`,
      'Correct what is wrong with the model and load it again.',
      details,
    );
  }
}

/** The memory for models is used up; refused before anything was opened. */
export class ModelMemoryExceededError extends InferenceError<{
  name: string;
  version?: string;
  neededBytes: number;
  heldBytes: number;
  budgetBytes: number;
  missingBytes: number;
  /** What could be unloaded, as `name:version`. */
  unloadable: readonly string[];
}> {
  readonly code = 'MODEL_MEMORY_EXCEEDED';
  readonly kind = 'unavailable';

  constructor(details: ModelMemoryExceededError['details']) {
    const { neededBytes, heldBytes, budgetBytes, missingBytes, unloadable } = details;
    const others = unloadable.length > 0 ? `unload one of ${unloadable.slice(0, 5).join(', ')} or ` : '';
    super(
      `failed to load ${titleOf(details)}: it needs about ${told(neededBytes)} and the loaded models hold ` +
        `${told(heldBytes)} of ${told(budgetBytes)}, so ${told(missingBytes)} are missing; ` +
        `${others}raise MODEL_MEMORY_BUDGET_BYTES`,
      'Unload a model that is not needed, or raise MODEL_MEMORY_BUDGET_BYTES.',
      details,
    );
  }
}

/** The primary, which /predict answers with, is neither unloaded nor changed by clients. */
export class PrimaryModelError extends InferenceError<{
  name: string;
  version?: string;
  act: 'load' | 'unload';
}> {
  readonly code = 'PRIMARY_MODEL';
  readonly kind = 'invalid';

  constructor(details: { name: string; version?: string; act: 'load' | 'unload' }) {
    super(
      `failed to ${details.act} ${titleOf(details)}: it is what /predict answers with, served from MODEL_PATH for ` +
        'the life of this process' +
        (details.act === 'unload' ? '; other versions are unloaded by their own address' : ''),
      'Change MODEL_PATH and restart, or promote another version.',
      details,
    );
  }
}
