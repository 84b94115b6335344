import { channelsOf } from '../channels';
import { GraphIndex } from '../graph-index';
import { intAttribute, isOperator, OnnxNode } from '../onnx-node';
import { floatsOf } from '../onnx-tensor';

/** Names of the values that one level's last convolutions give. */
export interface HeadLevel {
  /** Distributions of the distances left, top, right, bottom: [B, 4 × bins, h, w]. */
  readonly boxes: string;
  /** Class logits: [B, C, h, w]. */
  readonly classes: string;
}

/** The end of an anchor-free detector (YOLOv8, v9, 11, 12 and their kin). */
export interface AnchorFreeHead {
  /** From the finest level to the coarsest, as the graph computes them. */
  readonly levels: readonly HeadLevel[];
  /** Places of a distance distribution, usually 16. */
  readonly bins: number;
  readonly classCount: number;
}

const MAX_ZONE = 5_000;

/**
 * Recognises the head behind `output` from its end: everything back to the last convolutions must hold a softmax
 * over distances (distribution focal loss, https://arxiv.org/abs/2006.04388), its expectation over 0, 1, 2, …,
 * and a sigmoid for the classes, and the last convolutions must come as pairs of boxes and classes.
 *
 * What lies between (reshapes, anchors, strides, centre or corner arithmetic) differs between exporters and is not
 * matched: its result is fixed by what it must compute, and the numerical check proves it.
 */
export function recogniseHead(index: GraphIndex, output: string): AnchorFreeHead | undefined {
  const zone = zoneBehind(index, output);
  const bins = zone && binsOf(index, zone.nodes);
  const has = (type: string): boolean => zone!.nodes.some((node) => isOperator(node, type));
  if (!zone || bins === undefined || !has('Softmax') || !has('Sigmoid')) return undefined;
  const levels = pairsByConcatenation(index, zone) ?? pairsByPath(index, zone);
  if (!levels || levels.length === 0) return undefined;
  const classCount = channelsOf(index, levels[0]!.classes);
  const fits = levels.every(
    ({ boxes, classes }) =>
      channelsOf(index, boxes) === 4 * bins && channelsOf(index, classes) === classCount,
  );
  return fits && classCount ? { levels, bins, classCount } : undefined;
}

interface Zone {
  /** Between the last convolutions and the output, including neither's constants. */
  readonly nodes: readonly OnnxNode[];
  /** Values of the last convolutions, in the graph's order. */
  readonly ends: readonly string[];
}

/** Walks back from the output and stops at convolutions, other than the one that takes the expectation. */
function zoneBehind(index: GraphIndex, output: string): Zone | undefined {
  const nodes = new Set<OnnxNode>();
  const ends = new Set<string>();
  const waiting = [output];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = index.producerOf(name);
    if (!node || nodes.has(node)) continue;
    if (isOperator(node, 'Conv') && !isExpectation(index, node)) {
      ends.add(name);
      continue;
    }
    if (nodes.size === MAX_ZONE) return undefined;
    nodes.add(node);
    // Anchors may be laid out after the shape of a feature map; its values are not what they are made of.
    if (!isOperator(node, 'Shape')) waiting.push(...node.inputs);
  }
  return { nodes: [...nodes], ends: index.inOrder([...ends]) };
}

function isExpectation(index: GraphIndex, node: OnnxNode): boolean {
  const weights = index.constantOf(node.inputs[1] ?? '');
  return weights?.dims[0] === 1 && countingUp(weights && floatsOf(weights)) !== undefined;
}

/** Length of the constant 0, 1, 2, … that distances are weighed with. */
function binsOf(index: GraphIndex, nodes: readonly OnnxNode[]): number | undefined {
  for (const node of nodes) {
    for (const name of node.inputs) {
      const constant = isOperator(node, 'Conv', 'Mul', 'MatMul') ? index.constantOf(name) : undefined;
      const bins = constant && countingUp(floatsOf(constant));
      if (bins !== undefined) return bins;
    }
  }
  return undefined;
}

function countingUp(values: Float32Array | undefined): number | undefined {
  if (!values || values.length < 2 || values.length > 256) return undefined;
  return values.every((value, place) => value === place) ? values.length : undefined;
}

/** Levels written as Concat(boxes, classes), the order in which they are then split. */
function pairsByConcatenation(index: GraphIndex, { ends }: Zone): HeadLevel[] | undefined {
  const joints = new Set<OnnxNode>();
  for (const end of ends) {
    const [joint, ...others] = index.usersOf(end).filter((user) => !isOperator(user, 'Shape'));
    const isJoint =
      others.length === 0 &&
      isOperator(joint, 'Concat') &&
      intAttribute(joint, 'axis') === 1 &&
      joint.inputs.length === 2 &&
      joint.inputs.every((input) => ends.includes(input));
    if (!isJoint) return undefined;
    joints.add(joint);
  }
  return [...joints].map(({ inputs: [boxes, classes] }) => ({ boxes: boxes!, classes: classes! }));
}

/** Levels whose boxes and classes never meet before the output: only boxes pass the softmax. */
function pairsByPath(index: GraphIndex, zone: Zone): HeadLevel[] | undefined {
  const inZone = new Set(zone.nodes);
  const boxes = zone.ends.filter((end) => passes(index, end, 'Softmax', inZone));
  const classes = zone.ends.filter((end) => passes(index, end, 'Sigmoid', inZone));
  const clean = boxes.length === classes.length && boxes.every((end) => !classes.includes(end));
  if (!clean || boxes.length + classes.length !== zone.ends.length) return undefined;
  return boxes.map((end, level) => ({ boxes: end, classes: classes[level]! }));
}

/** Whether the values, not merely the shape, of `name` go through such an operation. */
function passes(index: GraphIndex, name: string, type: string, zone: ReadonlySet<OnnxNode>): boolean {
  const seen = new Set<OnnxNode>();
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const user of index.usersOf(next)) {
      if (!zone.has(user) || seen.has(user) || isOperator(user, 'Shape')) continue;
      if (isOperator(user, type)) return true;
      seen.add(user);
      waiting.push(...user.outputs);
    }
  }
  return false;
}
