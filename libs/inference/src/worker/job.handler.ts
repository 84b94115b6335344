import { drawOverlay, encodePng, GrayImage, readRadiograph } from '@thorax/radiograph';
import { DetectionPipeline } from '../detection-pipeline';
import { RenderedImage } from '../detection';
import { ModelUnavailableError } from '../errors';
import { ModelDescription } from '../model-description';
import { LoadedModel, loadModel } from '../model.loader';
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
      const { description, runner } = await this.section.during(() => loadModel(source));
      this.model = { description, runner: this.section.guard(runner) };
      this.pipeline = new DetectionPipeline(this.model, this.init.rules);
      return { kind: 'started', model: this.model.description };
    } catch (error) {
      return { kind: 'started', error: dismantle(error) };
    }
  }

  /** What the loaded model is, if there is one. */
  get description(): ModelDescription | undefined {
    return this.model?.description;
  }

  /** Answers one job. Never throws: failures are replies too. */
  async handle({ id, task }: Job): Promise<Posting<JobReply>> {
    try {
      const value = await this.perform(task);
      const transfer = 'png' in value ? [value.png.buffer as ArrayBuffer] : [];
      return { message: { kind: 'reply', id, ok: true, value }, transfer };
    } catch (error) {
      return { message: { kind: 'reply', id, ok: false, error: dismantle(error) }, transfer: [] };
    }
  }

  /** Releases the model's memory. */
  async stop(): Promise<void> {
    await this.model?.runner.close();
  }

  private async perform(task: Task): Promise<TaskResults[keyof TaskResults]> {
    if (task.kind === 'detect') {
      if (!this.pipeline) throw new ModelUnavailableError({ reason: 'this worker has no model' });
      return this.pipeline.detect(task.bytes);
    }
    const { image } = await readRadiograph(task.bytes, this.init.rules.limits);
    if (task.kind === 'render') return rendered(image, await encodePng(image));
    const labelled = task.findings.map(({ class: label, confidence, box }) => ({ label, confidence, box }));
    return rendered(image, await drawOverlay(image, labelled));
  }
}

/** Copied, because memory that a native encoder allocated cannot change threads. */
function rendered({ width, height }: GrayImage, png: Uint8Array): RenderedImage {
  return { png: new Uint8Array(png), width, height };
}
