import { drawOverlay, encodePng, GrayImage, readRadiograph } from '@thorax/radiograph';
import { BatchTask, DetectionPipeline } from '../detection-pipeline';
import { RenderedImage } from '../detection';
import { ModelUnavailableError } from '../errors';
import { ModelDescription } from '../model-description';
import { LoadedModel, loadModel } from '../model.loader';
import { onnxRuntimeVersion } from '../onnx.model-runner';
import { dismantle } from './error-transfer';
import { NativeSection } from './native-section';
import { Job, JobReply, StartReport, Task, TaskResults, WorkerInit } from './protocol';

/** A reply and the buffers in it that may change hands instead of being copied. */
export interface Posting<Message> {
  readonly message: Message;
  readonly transfer: ArrayBuffer[];
}

/** What happens inside a worker, without the thread: one handler loads one model and answers jobs. */
export class JobHandler {
  private model?: LoadedModel;
  private pipeline?: DetectionPipeline;

  /** `section` is raised around everything that enters the native runtime. */
  constructor(
    private readonly init: WorkerInit,
    private readonly section = new NativeSection(),
  ) {}

  /** Loads the model. Never throws: without one the handler still renders. */
  async start(): Promise<StartReport> {
    try {
      const source = this.init.model;
      if (!source) throw new ModelUnavailableError({ reason: 'no model is configured' });
      // A remote model enters no native code, and whoever waits for a server can be ended: nobody sees this section.
      const section = source.remote ? new NativeSection() : this.section;
      const { description, runner, prepared } = await section.during(() => loadModel(source));
      this.model = {
        description,
        runner: section.guard(runner),
        ...(prepared && { prepared: { ...prepared, runner: section.guard(prepared.runner) } }),
      };
      this.pipeline = new DetectionPipeline(this.model, this.init.rules);
      const arithmetic = [onnxRuntimeVersion(), ...(prepared?.report.applied ?? [])].join('+');
      return { kind: 'started', model: description, signature: runner.signature, arithmetic };
    } catch (error) {
      return { kind: 'started', error: dismantle(error) };
    }
  }

  /** What the loaded model is, if there is one. */
  get description(): ModelDescription | undefined {
    return this.model?.description;
  }

  /** Answers one job. Never throws: failures are replies too. */
  handle(job: Job): Promise<Posting<JobReply>> {
    return this.handleAll([job])[0]!;
  }

  /** Answers jobs that arrived together, each as soon as it is done; those that need the model share its runs. */
  handleAll(jobs: readonly Job[]): Promise<Posting<JobReply>>[] {
    const answers = new Map<Job, Promise<TaskResults[keyof TaskResults]>>();
    const batch = jobs.filter((job): job is Job & { task: BatchTask } => isBatchTask(job.task));
    if (this.pipeline && batch.length > 0) {
      const leftMs = Math.max(...batch.map((job) => job.leftMs ?? Infinity));
      const answered = this.pipeline.answerAll(
        batch.map(({ task }) => task),
        leftMs,
      );
      batch.forEach((job, index) => answers.set(job, answered[index]!));
    }
    return jobs.map((job) => reply(job, answers.get(job) ?? this.perform(job.task)));
  }

  /** Releases the model's memory. */
  async stop(): Promise<void> {
    await this.model?.prepared?.runner.close();
    await this.model?.runner.close();
  }

  private async perform(task: Task): Promise<TaskResults[keyof TaskResults]> {
    if (task.kind === 'measure' && this.pipeline) return this.pipeline.measure(task.batchSize);
    if (task.kind === 'measure' || isBatchTask(task)) {
      throw new ModelUnavailableError({ reason: 'this worker has no model' });
    }
    const { image } = await readRadiograph(task.bytes, this.init.rules.limits);
    if (task.kind === 'render') return rendered(image, await encodePng(image));
    const labelled = task.findings.map(({ class: label, confidence, box }) => ({ label, confidence, box }));
    return rendered(image, await drawOverlay(image, labelled));
  }
}

function isBatchTask(task: Task): task is BatchTask {
  return task.kind === 'detect' || task.kind === 'infer';
}

async function reply(
  { id }: Job,
  answer: Promise<TaskResults[keyof TaskResults]>,
): Promise<Posting<JobReply>> {
  try {
    const value = await answer;
    return { message: { kind: 'reply', id, ok: true, value }, transfer: buffersOf(value) };
  } catch (error) {
    return { message: { kind: 'reply', id, ok: false, error: dismantle(error) }, transfer: [] };
  }
}

/** What of an answer moves instead of being copied. */
function buffersOf(value: TaskResults[keyof TaskResults]): ArrayBuffer[] {
  if ('png' in value) return [value.png.buffer as ArrayBuffer];
  if ('candidates' in value && value.candidates) {
    const { boxes, locations, classes, scores } = value.candidates;
    return [boxes, locations, classes, scores].map(({ buffer }) => buffer as ArrayBuffer);
  }
  return 'outputs' in value ? value.outputs.map(({ data }) => data.buffer as ArrayBuffer) : [];
}

/** Copied, because memory that a native encoder allocated cannot change threads. */
function rendered({ width, height }: GrayImage, png: Uint8Array): RenderedImage {
  return { png: new Uint8Array(png), width, height };
}
