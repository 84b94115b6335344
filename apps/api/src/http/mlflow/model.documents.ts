import { ModelVersion, RegisteredModel, StageTransition } from '@thorax/registry';
import { metricDocument } from './tracking.documents';

/** A registered model as MLflow shows it. */
export function registeredModelDocument(model: RegisteredModel): object {
  return {
    name: model.name,
    creation_timestamp: model.createdAtMs,
    last_updated_timestamp: model.updatedAtMs,
    description: model.description,
    latest_versions: model.latestVersions.map(modelVersionDocument),
    tags: model.tags,
    aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
  };
}

/**
 * A version is ready as soon as it is registered, for nothing is copied; it has failed for good where its file must
 * not be opened, and clients show why.
 */
export function modelVersionDocument(version: ModelVersion): object {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.createdAtMs,
    last_updated_timestamp: version.updatedAtMs,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    ...(version.runId && { run_id: version.runId }),
    ...(version.runLink && { run_link: version.runLink }),
    ...(version.loggedModelId && { model_id: version.loggedModelId }),
    ...registrationStatus(version),
    tags: version.tags,
    aliases: version.aliases,
    model_metrics: (version.contents.metrics ?? []).map(metricDocument),
  };
}

function registrationStatus({ inspection }: ModelVersion): object {
  if (inspection?.verdict !== 'refused') return { status: 'READY' };
  const reasons = inspection.problems.map(({ code, message, remedy }) => `${code}: ${message} ${remedy}`);
  return { status: 'FAILED_REGISTRATION', status_message: reasons.join(' ') };
}

/** Not of MLflow: one entry of a version's history. */
export function transitionDocument(transition: StageTransition): object {
  return {
    version: String(transition.version),
    from_stage: transition.from,
    to_stage: transition.to,
    move: transition.move,
    actor: transition.actor,
    reason: transition.reason,
    evidence: transition.evidence,
    timestamp: transition.atMs,
  };
}
