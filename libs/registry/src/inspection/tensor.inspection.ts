import { isContent, MessageField, numbersOf, textOf, WIRE_TYPES } from '@thorax/platform/protobuf';
import { ELEMENT_TYPES, ElementType, STRING_TYPE } from './element-types';
import { ReadingLimits } from './inspection.policy';
import { named, ProblemList } from './inspection.problem';
import { bitsOf, MessageWalker } from './message.walker';

// Field numbers of TensorProto and StringStringEntryProto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const DIMS = 1;
const DATA_TYPE = 2;
const SEGMENT = 3;
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const STRING_DATA = 6;
const INT64_DATA = 7;
const NAME = 8;
const RAW_DATA = 9;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

const LISTS = [FLOAT_DATA, INT32_DATA, INT64_DATA, DOUBLE_DATA, UINT64_DATA];
const ONCE = bitsOf(DATA_TYPE, NAME, RAW_DATA, DATA_LOCATION);
const PART = 'tensor';
const EXTERNAL_KEYS = ['location', 'offset', 'length', 'checksum', 'basepath'];
const MAX_NAME_BYTES = 4_096;

/** A constant of a model. */
export interface InspectedTensor {
  readonly name: string;
  /** Bytes of its elements in the file. */
  readonly bytes: number;
}

/** Looks at a TensorProto: that its elements are here, of a kind that is taken, and as many as its shape says. */
export class TensorInspector {
  constructor(
    private readonly walker: MessageWalker,
    private readonly limits: ReadingLimits,
    private readonly problems: ProblemList,
  ) {}

  /** Elements are counted where they lie; nothing is allocated for them. */
  inspect(message: Uint8Array): InspectedTensor {
    const seen = new TensorContent(this.limits.rank);
    const external: string[] = [];
    this.walker.walk(message, PART, ONCE, (field) => {
      if (isContent(field, EXTERNAL_DATA)) external.push(this.externalEntry(field.content));
      else if (field.number === DATA_LOCATION && field.value !== 0) external.push('');
      else seen.take(field);
    });
    const entry = external.find((told) => told !== '') ?? external[0];
    if (entry !== undefined) this.refuseExternal(seen.name, entry);
    else this.judge(seen);
    return { name: seen.name, bytes: seen.bytes };
  }

  private externalEntry(entry: Uint8Array): string {
    let key = '';
    let value = '';
    this.walker.walk(entry, 'external data entry', 0, (field) => {
      if (isContent(field, ENTRY_KEY)) key = textOf([cut(field)], ENTRY_KEY);
      if (isContent(field, ENTRY_VALUE)) value = textOf([cut(field)], ENTRY_VALUE);
    });
    return `${EXTERNAL_KEYS.includes(key) ? '' : 'unknown key '}${named(key)}: ${named(value)}`;
  }

  private refuseExternal(name: string, entry: string): void {
    this.problems.add(
      'EXTERNAL_DATA',
      `The elements of tensor ${named(name)} lie outside of the file${entry && ` (${entry})`}; nothing but the file itself is read.`,
      'Save the model as one file: onnx.save_model(model, path, save_as_external_data=False).',
    );
  }

  private judge(seen: TensorContent): void {
    const tensor = `tensor ${named(seen.name)}`;
    if (seen.type === STRING_TYPE || seen.hasTexts) {
      this.problems.add('STRING_TENSOR', `The ${tensor} holds texts.`, 'Export the model without them.');
      return;
    }
    const type = ELEMENT_TYPES.get(seen.type);
    if (!type) {
      const remedy = 'Export the model with real numbers of at most 64 bits.';
      this.problems.add(
        'ELEMENT_TYPE',
        `The ${tensor} has elements of type ${seen.type}, which none here has.`,
        remedy,
      );
      return;
    }
    const trouble = seen.contradiction(type);
    if (trouble)
      this.problems.add('TENSOR_SIZE', `The ${tensor} ${trouble}.`, 'Write the file again with onnx.save.');
  }
}

/** What a tensor's fields say. */
class TensorContent {
  name = '';
  type = 0;
  hasTexts = false;
  /** Bytes of elements. */
  bytes = 0;
  private dims: number[] = [];
  private isTooDeep = false;
  private isSegment = false;
  private rawBytes: number | undefined;
  /** Elements in lists, by field. */
  private readonly listed = new Map<number, number>();

  constructor(private readonly maxRank: number) {}

  take(field: MessageField): void {
    const { number, wireType, value, content } = field;
    if (number === DIMS) this.takeDims(field);
    else if (number === DATA_TYPE && wireType === WIRE_TYPES.varint) this.type = value;
    else if (number === SEGMENT) this.isSegment = true;
    else if (number === STRING_DATA) this.hasTexts = true;
    else if (isContent(field, NAME)) this.name = textOf([cut(field)], NAME);
    else if (isContent(field, RAW_DATA)) this.rawBytes = content.length;
    else if (LISTS.includes(number)) {
      this.listed.set(number, (this.listed.get(number) ?? 0) + elementsIn(field));
      this.bytes += content.length;
      return;
    }
    if (number === RAW_DATA) this.bytes += content.length;
  }

  /** Why the elements are not those of the shape; undefined where they are. */
  contradiction({ name, bits, listField }: ElementType): string | undefined {
    if (this.isSegment) return 'is a part of a larger one';
    if (this.isTooDeep) return `has more than ${this.maxRank} dimensions`;
    if (this.dims.some((dim) => !(dim >= 0))) return 'has a negative dimension';
    const count = this.dims.reduce((product, dim) => product * dim, 1);
    const shape = `is ${name} of shape [${this.dims.join(', ')}]`;
    if (count > Number.MAX_SAFE_INTEGER / 64) return `${shape}, more than fits anywhere`;
    const expectedBytes = Math.ceil((count * bits) / 8);
    const fields = [...this.listed.keys()];
    if (this.rawBytes !== undefined) {
      if (fields.length > 0) return 'has its elements twice';
      return this.rawBytes === expectedBytes
        ? undefined
        : `${shape}, ${expectedBytes} bytes, and holds ${this.rawBytes}`;
    }
    const expected = bits === 4 ? Math.ceil(count / 2) : count;
    if (fields.some((field) => field !== listField)) return `${shape} and holds numbers of another type`;
    const held = this.listed.get(listField) ?? 0;
    return held === expected ? undefined : `${shape}, ${expected} elements, and holds ${held}`;
  }

  private takeDims(field: MessageField): void {
    const most = this.maxRank - this.dims.length;
    // A number takes ten bytes at most, so that a longer list is too long whatever it holds.
    const dims = field.wireType === WIRE_TYPES.varint || field.content.length <= 10 * this.maxRank;
    if (dims) this.dims.push(...numbersOf([field], DIMS, PART).slice(0, most + 1));
    if (!dims || this.dims.length > this.maxRank) this.isTooDeep = true;
    this.dims.length = Math.min(this.dims.length, this.maxRank);
  }
}

/** How many numbers a field of a list holds: one that stands alone, or all of a packed one. */
function elementsIn({ number, wireType, content }: MessageField): number {
  if (wireType !== WIRE_TYPES.bytes) return 1;
  if (number === FLOAT_DATA) return content.length / 4;
  if (number === DOUBLE_DATA) return content.length / 8;
  let count = 0;
  for (let index = 0; index < content.length; index++) if (content[index]! < 0x80) count += 1;
  return count;
}

/** The field with no more of its text than anybody reads. */
function cut(field: MessageField): MessageField {
  return { ...field, content: field.content.subarray(0, MAX_NAME_BYTES) };
}
