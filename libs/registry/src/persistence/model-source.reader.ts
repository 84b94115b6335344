import { DataSource } from 'typeorm';
import { ownArtifactPath } from '../artifacts/artifact-path';
import { ArtifactStore } from '../artifacts/artifact.store';
import { ModelInspection } from '../inspection/model.inspection';
import { ModelInspector } from '../inspection/model.inspector';
import { parseModelSource } from '../models/model-source';
import { ModelContents, ModelVersion, NewModelVersion } from '../models/registered-model.types';
import { Run } from '../tracking/tracking.types';
import { LoggedModelRepository } from './logged-model.repository';
import { noVersion, selectVersions } from './model.rows';
import { readRuns } from './run.reader';
import { ResourceNotFoundError, quoted } from '../errors';

/** What is known of a version from where it comes. */
export interface ReadSource {
  readonly storageLocation: string;
  /** In this installation's artifacts; null elsewhere. */
  readonly storagePath: string | null;
  readonly runId: string | undefined;
  readonly contents: ModelContents;
  /** Null where no ONNX file was found here. */
  readonly inspection: ModelInspection | null;
}

const maxConfigBytes = 1024 * 1024;
const configName = 'model_config.yaml';

/** MLflow's clients put the commit of the training code here. */
const commitTag = 'mlflow.source.git.commit';

/**
 * Finds where the files of a model are, and fixes what can be seen of it: the digest of its ONNX file, its
 * configuration, the metrics of its run, and its lineage. An ONNX file is inspected.
 */
export class ModelSourceReader {
  constructor(
    private readonly database: DataSource,
    private readonly artifacts: ArtifactStore,
    private readonly loggedModels: LoggedModelRepository,
    private readonly inspector = new ModelInspector(artifacts),
  ) {}

  /** @throws ResourceNotFoundError for a run, logged model or version that is not there */
  async read(version: NewModelVersion): Promise<ReadSource> {
    const from = version.loggedModelId ? `models:/${version.loggedModelId}` : version.source;
    const { storageLocation, runId: sourceRun, parent } = await this.locate(from);
    const storagePath = ownArtifactPath(storageLocation);
    const runId = version.runId || sourceRun;
    const run = runId ? await this.run(runId) : undefined;
    const files = storagePath === null ? {} : await this.filesIn(storagePath);
    const seen: ModelContents = {
      ...(parent && { ...parent.contents, parent: { name: parent.name, version: parent.version } }),
      ...(run && lineageOf(run)),
      ...files,
    };
    const inspection = files.onnx ? await this.inspector.inspect(files.onnx) : null;
    return { storageLocation, storagePath, runId, contents: { ...version.contents, ...seen }, inspection };
  }

  private async locate(
    uri: string,
  ): Promise<{ storageLocation: string; runId?: string; parent?: ModelVersion }> {
    const source = parseModelSource(uri);
    switch (source.kind) {
      case 'location':
        return { storageLocation: source.uri };
      case 'run': {
        const { info } = await this.run(source.runId);
        return { storageLocation: `${info.artifactUri}/${source.path}`, runId: source.runId };
      }
      case 'logged-model': {
        const model = await this.loggedModels.get(source.id);
        return { storageLocation: model.artifactUri, runId: model.sourceRunId || undefined };
      }
      case 'version':
        return this.parent('v.version = $2', source.name, source.version);
      case 'alias': {
        const aliased =
          'SELECT a.version FROM registry_model_alias a WHERE a.registered_id = m.id AND a.alias = $2';
        return this.parent(`v.version = (${aliased})`, source.name, source.alias);
      }
    }
  }

  private async parent(condition: string, name: string, which: number | string) {
    const [parent] = await selectVersions(this.database, `m.name = $1 AND ${condition}`, [name, which]);
    if (!parent && typeof which === 'number') throw noVersion(name, which);
    if (!parent) throw new ResourceNotFoundError(`alias ${quoted(which as string)} of ${quoted(name)}`);
    return { storageLocation: parent.storageLocation, runId: parent.runId ?? undefined, parent };
  }

  private async run(id: string): Promise<Run> {
    const [run] = await readRuns(this.database, [id]);
    if (!run) throw new ResourceNotFoundError(`run ${quoted(id)}`);
    return run;
  }

  /** The one ONNX file in the folder, or `model.onnx` among several; the path may be the file itself. */
  private async filesIn(path: string): Promise<ModelContents> {
    const names = (await this.artifacts.list(path))
      .filter(({ isFolder }) => !isFolder)
      .map(({ name }) => name);
    const onnxNames = names.filter((name) => name.endsWith('.onnx'));
    const onnxName = onnxNames.length === 1 ? onnxNames[0] : onnxNames.find((name) => name === 'model.onnx');
    const onnx = await this.artifacts.find(onnxName ? `${path}/${onnxName}` : path);
    const modelConfig = names.includes(configName) ? await this.text(`${path}/${configName}`) : undefined;
    return {
      ...(onnx && { onnx: { path: onnx.path, sha256: onnx.sha256, sizeBytes: onnx.sizeBytes } }),
      ...(modelConfig !== undefined && { modelConfig }),
    };
  }

  private async text(path: string): Promise<string | undefined> {
    const { bytes, sizeBytes } = await this.artifacts.open(path);
    if (sizeBytes > maxConfigBytes) {
      bytes.destroy();
      return undefined;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8').replaceAll('\0', '');
  }
}

/** Metrics that JSON has no number for are left out: the run has them. */
function lineageOf({ metrics, tags, datasetInputs }: Run): ModelContents {
  const codeVersion = tags.find(({ key }) => key === commitTag)?.value;
  return {
    metrics: metrics.filter(({ value }) => Number.isFinite(value)),
    datasets: datasetInputs.map(({ dataset }) => ({ name: dataset.name, digest: dataset.digest })),
    ...(codeVersion && { codeVersion }),
  };
}
