import { DatasetInput, Experiment, Metric, Run, RunInfo } from '@thorax/registry';

/** An experiment as MLflow shows it. */
export function experimentDocument(experiment: Experiment): object {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.createdAtMs,
    last_update_time: experiment.updatedAtMs,
    tags: experiment.tags,
  };
}

export function runDocument(run: Run): object {
  return {
    info: runInfoDocument(run.info),
    data: {
      metrics: run.metrics.map(metricDocument),
      params: run.params.map(pair),
      tags: run.tags.map(pair),
    },
    inputs: {
      dataset_inputs: run.datasetInputs.map(datasetInputDocument),
      model_inputs: run.modelInputs.map(({ modelId }) => ({ model_id: modelId })),
    },
    outputs: { model_outputs: run.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step })) },
  };
}

export function runInfoDocument(info: RunInfo): object {
  return {
    run_id: info.id,
    run_uuid: info.id,
    run_name: info.name,
    experiment_id: info.experimentId,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTimeMs,
    ...(info.endTimeMs !== null && { end_time: info.endTimeMs }),
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycleStage,
  };
}

/** Doubles that JSON has no number for are texts, by the rules of protobuf's JSON. */
export function metricDocument(metric: Metric): object {
  const { key, value, timestampMs, step, modelId, datasetName, datasetDigest } = metric;
  return {
    key,
    value: Number.isFinite(value) ? value : String(value),
    timestamp: timestampMs,
    step,
    ...(modelId && { model_id: modelId }),
    ...(datasetName && { dataset_name: datasetName }),
    ...(datasetDigest && { dataset_digest: datasetDigest }),
  };
}

function datasetInputDocument({ dataset, tags }: DatasetInput): object {
  const { sourceType, ...rest } = dataset;
  return { tags, dataset: { ...rest, source_type: sourceType } };
}

function pair({ key, value }: { key: string; value: string }): object {
  return { key, value };
}
