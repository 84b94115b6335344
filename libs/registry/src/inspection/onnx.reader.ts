import { isContent, MessageField, textOf, WIRE_TYPES } from '@thorax/platform/protobuf';
import { ReadingLimits } from './inspection.policy';
import { ProblemList, shown } from './inspection.problem';
import { bitsOf, MessageWalker } from './message.walker';
import { DeclaredValue, OnnxReport, OperatorCount } from './onnx.report';
import { STANDARD_DOMAIN } from './standard-operators';
import { TensorInspector } from './tensor.inspection';
import { ValueReader } from './value.reader';

// Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8, metadata: 14, training: 20, functions: 25 };
const GRAPH = { node: 1, initialiser: 5, input: 11, output: 12, sparse: 15 };
const NODE = { type: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { tensor: 5, graph: 6, tensors: 10, graphs: 11, type: 20, sparse: 22, sparses: 23 };
const ENTRY = { key: 1, value: 2 };
const FUNCTION_NAME = 1;

const ONCE = {
  model: bitsOf(MODEL.irVersion, MODEL.graph),
  node: bitsOf(NODE.type, NODE.domain),
  attribute: bitsOf(ATTRIBUTE.tensor, ATTRIBUTE.graph, ATTRIBUTE.type),
  entry: bitsOf(ENTRY.key, ENTRY.value),
};

const listedOperators = 200;
const nameLength = 200;

/** What was read, with all operators and not only those that a report lists. */
export interface ReadOnnx {
  readonly report: OnnxReport;
  readonly operators: readonly OperatorCount[];
}

/**
 * Reads one ONNX file (ModelProto) into a report. Time and memory are bounded by the limits and by the size of the
 * file, whatever it claims; elements of tensors stay where they are.
 */
export class OnnxReader {
  private readonly walker: MessageWalker;
  private readonly tensors: TensorInspector;
  private readonly values: ValueReader;
  private irVersion: number | null = null;
  private producer = '';
  private depth = 0;
  private initialiserBytes = 0;
  private readonly opsets: { domain: string; version: number }[] = [];
  private readonly operators = new Map<string, { domain: string; type: string; count: number }>();
  private readonly initialiserNames = new Set<string>();
  private readonly inputs: DeclaredValue[] = [];
  private readonly outputs: DeclaredValue[] = [];
  private readonly metadata: { key: string; value: string }[] = [];
  private readonly functions: string[] = [];
  private metadataLeft: number;

  constructor(
    private readonly limits: ReadingLimits,
    private readonly problems: ProblemList,
  ) {
    this.metadataLeft = limits.metadataLength;
    this.walker = new MessageWalker(limits, problems);
    this.tensors = new TensorInspector(this.walker, limits, problems);
    this.values = new ValueReader(this.walker, limits, problems);
  }

  /** Null where the file could not be read to its end; why is in the list of problems. */
  read(bytes: Uint8Array): ReadOnnx | null {
    if (!this.walker.toTheEnd(() => this.model(bytes))) return null;
    if (this.depth === 0) {
      this.problems.add('NO_GRAPH', 'The file holds no graph.', 'Export the model again.');
      return null;
    }
    const operators = [...this.operators.values()].sort((a, b) => b.count - a.count);
    return { report: this.report(bytes.length, operators), operators };
  }

  private report(sizeBytes: number, operators: readonly OperatorCount[]): OnnxReport {
    return {
      sizeBytes,
      irVersion: this.irVersion,
      producer: this.producer,
      opsets: this.opsets,
      depth: this.depth,
      nodes: this.walker.nodes,
      operators: operators.slice(0, listedOperators),
      inputs: this.inputs
        .filter(({ name }) => !this.initialiserNames.has(name))
        .slice(0, this.limits.inputsAndOutputs),
      outputs: this.outputs.slice(0, this.limits.inputsAndOutputs),
      initialisers: { count: this.walker.initialisers, bytes: this.initialiserBytes },
      metadata: this.metadata,
      functions: this.functions,
    };
  }

  private model(bytes: Uint8Array): void {
    this.walker.walk(bytes, 'model', ONCE.model, (field) => {
      if (field.number === MODEL.irVersion && field.wireType === WIRE_TYPES.varint)
        this.irVersion = field.value;
      else if (isContent(field, MODEL.producer)) this.producer = shown(textOf([cut(field)], MODEL.producer));
      else if (isContent(field, MODEL.graph)) this.graph(field.content, 1);
      else if (isContent(field, MODEL.opset)) this.opset(field.content);
      else if (isContent(field, MODEL.metadata)) this.entry(field.content);
      else if (field.number === MODEL.training) this.refuseTraining();
      else if (isContent(field, MODEL.functions)) this.function(field.content);
    });
  }

  private graph(message: Uint8Array, depth: number): void {
    if (depth > this.limits.depth) {
      const message = `Expected graphs within graphs ${this.limits.depth} deep at most; the file nests them deeper.`;
      this.problems.add('SUBGRAPH_DEPTH', message, 'Export the model without branches within branches.');
      return;
    }
    this.depth = Math.max(this.depth, depth);
    this.walker.walk(message, 'graph', 0, (field) => {
      if (isContent(field, GRAPH.node)) this.node(field.content, depth);
      else if (isContent(field, GRAPH.initialiser)) this.initialiser(field.content, depth);
      else if (field.number === GRAPH.sparse) this.refuseSparse();
      else if (depth > 1) return;
      else if (isContent(field, GRAPH.input)) this.inputs.push(this.values.read(field.content));
      else if (isContent(field, GRAPH.output)) this.outputs.push(this.values.read(field.content));
    });
  }

  private node(message: Uint8Array, depth: number): void {
    this.walker.count('nodes');
    let type = '';
    let domain = '';
    this.walker.walk(message, 'node', ONCE.node, (field) => {
      if (isContent(field, NODE.type)) type = shown(textOf([cut(field)], NODE.type));
      else if (isContent(field, NODE.domain)) domain = shown(textOf([cut(field)], NODE.domain));
      else if (isContent(field, NODE.attribute)) this.attribute(field.content, depth);
    });
    domain ||= STANDARD_DOMAIN;
    const key = `${domain} ${type}`;
    const known = this.operators.get(key);
    if (known) known.count += 1;
    else this.operators.set(key, { domain, type, count: 1 });
  }

  private attribute(message: Uint8Array, depth: number): void {
    this.walker.walk(message, 'attribute', ONCE.attribute, (field) => {
      if (isContent(field, ATTRIBUTE.tensor) || isContent(field, ATTRIBUTE.tensors)) {
        this.tensors.inspect(field.content);
      } else if (isContent(field, ATTRIBUTE.graph) || isContent(field, ATTRIBUTE.graphs)) {
        this.graph(field.content, depth + 1);
      } else if (field.number === ATTRIBUTE.sparse || field.number === ATTRIBUTE.sparses) this.refuseSparse();
    });
  }

  private initialiser(message: Uint8Array, depth: number): void {
    this.walker.count('initialisers');
    const { name, bytes } = this.tensors.inspect(message);
    this.initialiserBytes += bytes;
    if (depth === 1) this.initialiserNames.add(shown(name, nameLength));
  }

  private opset(message: Uint8Array): void {
    let domain = '';
    let version = 0;
    this.walker.walk(message, 'operator set', ONCE.entry, (field) => {
      if (isContent(field, ENTRY.key)) domain = shown(textOf([cut(field)], ENTRY.key));
      else if (field.number === ENTRY.value && field.wireType === WIRE_TYPES.varint) version = field.value;
    });
    if (this.opsets.length < this.limits.metadataEntries) {
      this.opsets.push({ domain: domain || STANDARD_DOMAIN, version });
    }
  }

  private entry(message: Uint8Array): void {
    let key = '';
    let value = '';
    this.walker.walk(message, 'metadata entry', ONCE.entry, (field) => {
      if (isContent(field, ENTRY.key)) key = shown(textOf([cut(field)], ENTRY.key));
      else if (isContent(field, ENTRY.value)) {
        value = shown(textOf([cut(field, 4 * this.metadataLeft)], ENTRY.value), this.metadataLeft);
      }
    });
    if (this.metadata.length === this.limits.metadataEntries || this.metadataLeft === 0) return;
    this.metadata.push({ key, value });
    this.metadataLeft = Math.max(0, this.metadataLeft - value.length);
  }

  private function(message: Uint8Array): void {
    let name = '';
    this.walker.walk(message, 'function', bitsOf(FUNCTION_NAME), (field) => {
      if (isContent(field, FUNCTION_NAME)) name = shown(textOf([cut(field)], FUNCTION_NAME));
    });
    if (this.functions.length < this.limits.metadataEntries) this.functions.push(name);
    this.problems.add(
      'FUNCTIONS',
      'The file brings functions of its own, which can call each other without end.',
      'Inline them: onnx.inliner.inline_local_functions(model).',
    );
  }

  private refuseTraining(): void {
    const remedy = 'Export the model for inference.';
    this.problems.add('TRAINING_GRAPH', 'The file holds graphs for training.', remedy);
  }

  private refuseSparse(): void {
    this.problems.add('SPARSE_TENSOR', 'The file holds sparse tensors.', 'Export the model with dense ones.');
  }
}

/** The field with no more of its text than is shown. */
function cut(field: MessageField, maxBytes = 1_024): MessageField {
  return { ...field, content: field.content.subarray(0, maxBytes) };
}
