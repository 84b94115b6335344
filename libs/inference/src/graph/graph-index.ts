import { hasSubgraphs, OnnxGraph } from './onnx-graph';
import { isOperator, OnnxNode, tensorAttribute } from './onnx-node';
import { OnnxTensor } from './onnx-tensor';

/** Exporters put one in a row. */
const MAX_IDENTITIES = 8;

/** Who computes and who uses each value of a graph. Read-only; a rewritten graph needs a new one. */
export class GraphIndex {
  /** Whether values may be used by graphs inside nodes, which this index does not see. */
  readonly hasSubgraphs: boolean;
  private readonly producers = new Map<string, OnnxNode>();
  private readonly users = new Map<string, OnnxNode[]>();
  private readonly constants: ReadonlyMap<string, OnnxTensor>;
  private readonly outputs: ReadonlySet<string>;

  constructor(graph: OnnxGraph) {
    this.hasSubgraphs = hasSubgraphs(graph);
    this.constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      node.outputs.forEach((name) => this.producers.set(name, node));
      for (const name of new Set(node.inputs)) {
        const users = this.users.get(name);
        if (users) users.push(node);
        else this.users.set(name, [node]);
      }
    }
  }

  /** The node that computes a value; `undefined` for inputs and constants. */
  producerOf(name: string): OnnxNode | undefined {
    return this.producers.get(name);
  }

  /** The nodes that use a value, each once, in the graph's order. */
  usersOf(name: string): readonly OnnxNode[] {
    return this.users.get(name) ?? [];
  }

  /** Whether a value leaves the graph, so that it must stay. */
  isOutput(name: string): boolean {
    return this.outputs.has(name);
  }

  /**
   * A value that never changes: held by the file, by a `Constant` node, or equal to one of those by `Identity`, with
   * which PyTorch's exporter lets layers share constants that happen to be alike.
   */
  constantOf(name: string): OnnxTensor | undefined {
    for (let [current, steps] = [name, 0]; steps < MAX_IDENTITIES; steps++) {
      const producer = this.producers.get(current);
      if (isOperator(producer, 'Constant')) return tensorAttribute(producer, 'value');
      if (!isOperator(producer, 'Identity')) return this.constants.get(current);
      current = producer.inputs[0]!;
    }
    return undefined;
  }

  /** Names of computed values in the order in which the graph computes them. */
  inOrder(names: readonly string[]): string[] {
    const wanted = new Set(names);
    return [...this.producers.keys()].filter((name) => wanted.has(name));
  }

  /** A name no value has yet. */
  freshName(wish: string): string {
    const taken = (name: string): boolean =>
      this.producers.has(name) || this.users.has(name) || this.constants.has(name) || this.outputs.has(name);
    for (let count = 0; ; count++) {
      const name = count === 0 ? wish : `${wish}_${count}`;
      if (!taken(name)) return name;
    }
  }
}
