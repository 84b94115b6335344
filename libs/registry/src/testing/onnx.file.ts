import {
  contentField,
  MessageField,
  messageField,
  numberField,
  writeMessage,
} from '@thorax/platform/protobuf';

/** What an ONNX file is made of; messages as their fields. */
export interface OnnxFileParts {
  readonly irVersion: number;
  readonly opsets: readonly (readonly [domain: string, version: number])[];
  readonly nodes: readonly (readonly MessageField[])[];
  readonly initialisers: readonly (readonly MessageField[])[];
  readonly inputs: readonly (readonly MessageField[])[];
  readonly outputs: readonly (readonly MessageField[])[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Further fields of the model and of its graph. */
  readonly model: readonly MessageField[];
  readonly graph: readonly MessageField[];
}

/** The bytes of a model that adds its weights to its input; `parts` change it. */
export function onnxFile(parts: Partial<OnnxFileParts> = {}): Uint8Array {
  const { irVersion, opsets, metadata, model, ...graph }: OnnxFileParts = {
    irVersion: 8,
    opsets: [['', 17]],
    nodes: [onnxNode('Add')],
    initialisers: [onnxTensor()],
    inputs: [onnxValue('images', ['batch', 3, 8, 8])],
    outputs: [onnxValue('output0', ['batch', 3, 8, 8])],
    metadata: {},
    model: [],
    graph: [],
    ...parts,
  };
  return writeMessage([
    numberField(1, irVersion),
    contentField(2, 'thorax-testing'),
    messageField(7, onnxGraph(graph)),
    ...opsets.map(([domain, version]) => messageField(8, [contentField(1, domain), numberField(2, version)])),
    ...Object.entries(metadata).map((entry) =>
      messageField(
        14,
        entry.map((text, at) => contentField(at + 1, text)),
      ),
    ),
    ...model,
  ]);
}

/** Fields of a graph. */
export function onnxGraph(parts: Partial<OnnxFileParts>): MessageField[] {
  const { nodes = [], initialisers = [], inputs = [], outputs = [], graph = [] } = parts;
  const all = (number: number, messages: readonly (readonly MessageField[])[]) =>
    messages.map((message) => messageField(number, message));
  return [...all(1, nodes), ...all(5, initialisers), ...all(11, inputs), ...all(12, outputs), ...graph];
}

/** Fields of a node. */
export function onnxNode(
  type: string,
  domain = '',
  attributes: readonly (readonly MessageField[])[] = [],
): MessageField[] {
  return [
    contentField(1, 'images'),
    contentField(2, 'output0'),
    contentField(4, type),
    ...attributes.map((attribute) => messageField(5, attribute)),
    ...(domain === '' ? [] : [contentField(7, domain)]),
  ];
}

/** Fields of a tensor, two by two float32 elements unless `parts` say otherwise. */
export function onnxTensor(
  parts: {
    dims?: readonly number[];
    type?: number;
    rawBytes?: number;
    fields?: readonly MessageField[];
  } = {},
): MessageField[] {
  const { dims = [2, 2], type = 1, rawBytes = 16, fields = [] } = parts;
  return [
    ...dims.map((dim) => numberField(1, dim)),
    numberField(2, type),
    contentField(8, 'weight'),
    ...(rawBytes > 0 ? [contentField(9, new Uint8Array(rawBytes))] : []),
    ...fields,
  ];
}

/** Fields of a declared value of float32 elements; a text is an open dimension. */
export function onnxValue(name: string, dims: readonly (number | string)[]): MessageField[] {
  const shape = dims.map((dim) =>
    messageField(1, [typeof dim === 'number' ? numberField(1, dim) : contentField(2, dim)]),
  );
  return [
    contentField(1, name),
    messageField(2, [messageField(1, [numberField(1, 1), messageField(2, shape)])]),
  ];
}
