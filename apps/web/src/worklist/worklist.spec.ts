import { unreachable } from '../api/problem';
import {
  nextToSend,
  sizeText,
  studyStateText,
  worklistAfter,
  type Study,
  type WorklistEvent,
} from './worklist';

const added: WorklistEvent = {
  type: 'added',
  studies: [
    { key: 1, fileName: 'a.dcm', bytes: 10 },
    { key: 2, fileName: 'b.png', bytes: 20 },
  ],
};
const after = (...events: WorklistEvent[]) => events.reduce<readonly Study[]>(worklistAfter, []);

describe('the worklist', () => {
  it('sends one study at a time, in the order of the drop', () => {
    expect(nextToSend(after(added))?.key).toBe(1);
    expect(nextToSend(after(added, { type: 'progressed', key: 1, fraction: 0.5 }))).toBeUndefined();
    expect(nextToSend(after(added, { type: 'sent', key: 1 }))).toBeUndefined();
    expect(nextToSend(after(added, { type: 'read', key: 1, predictionId: 'p', findingCount: 0 }))?.key).toBe(
      2,
    );
  });

  it('goes on after a refusal, and can try again', () => {
    const refused: WorklistEvent = { type: 'refused', key: 1, problem: unreachable() };
    expect(nextToSend(after(added, refused))?.key).toBe(2);
    expect(nextToSend(after(added, refused, { type: 'retried', key: 1 }))?.key).toBe(1);
  });

  it('forgets what is dismissed, and ignores events about it', () => {
    const worklist = after(added, { type: 'dismissed', key: 1 }, { type: 'sent', key: 1 });
    expect(worklist.map(({ key }) => key)).toEqual([2]);
  });
});

it.each([
  [{ is: 'queued' } as const, 'Waiting'],
  [{ is: 'uploading', fraction: 0.426 } as const, 'Uploading 43 %'],
  [{ is: 'reading' } as const, 'Reading…'],
  [{ is: 'read', predictionId: 'p', findingCount: 0 } as const, 'No findings reported'],
  [{ is: 'read', predictionId: 'p', findingCount: 1 } as const, '1 finding reported'],
  [{ is: 'read', predictionId: 'p', findingCount: 4 } as const, '4 findings reported'],
  [{ is: 'refused', problem: unreachable() } as const, 'The server does not answer'],
])('says where a study is: %j', (state, text) => expect(studyStateText(state)).toBe(text));

it('writes sizes', () => {
  expect([sizeText(0), sizeText(310_400), sizeText(7_260_000)]).toEqual(['1 kB', '310 kB', '7.3 MB']);
});
