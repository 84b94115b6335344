import fc from 'fast-check';
import { contentField, fieldsOf, numberField, readMessage, writeMessage } from './protobuf.message';
import { UnreadableMessageError } from './unreadable-message.error';

const anyField = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 2 ** 29 - 1 }), fc.maxSafeInteger())
    .map(([number, value]) => numberField(number, value)),
  fc
    .tuple(fc.integer({ min: 1, max: 2 ** 29 - 1 }), fc.uint8Array())
    .map(([number, bytes]) => contentField(number, bytes)),
);

describe('a protobuf message', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(anyField), (fields) => {
        const sorted = [...fields].sort((a, b) => a.number - b.number);
        const read = readMessage(writeMessage(fields), 'message');
        expect(read.map(({ number, value }) => [number, value])).toEqual(
          sorted.map(({ number, value }) => [number, value]),
        );
        expect(read.map(({ content }) => [...content])).toEqual(sorted.map(({ content }) => [...content]));
        expect(writeMessage(read)).toEqual(writeMessage(fields));
      }),
    );
  });

  it('is read field by field: what follows the ones that were asked for is not looked at', () => {
    const half = Buffer.concat([writeMessage([numberField(1, 5)]), Uint8Array.of(0xff)]);
    const fields = fieldsOf(half, 'message');
    expect(fields.next().value).toMatchObject({ number: 1, value: 5 });
    expect(() => fields.next()).toThrow(UnreadableMessageError);
  });

  it('is left after as many fields as are taken', () => {
    const bytes = writeMessage([1, 2, 3].map((value) => numberField(1, value)));
    expect([...fieldsOf(bytes, 'message', 3)]).toHaveLength(3);
    expect(() => [...fieldsOf(bytes, 'message', 2)]).toThrow(
      /message cannot be read: more than 2 fields .*byte 4/,
    );
  });

  it('of any bytes is read or refused with its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          readMessage(bytes, 'message');
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableMessageError);
        }
      }),
    );
  });
});
