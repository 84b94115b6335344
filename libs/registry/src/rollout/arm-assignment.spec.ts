import fc from 'fast-check';
import {
  assignArm,
  expectedShares,
  ImageOwner,
  isWithinShare,
  TrafficSplit,
  unitDigest,
} from './arm-assignment';
import { chiSquareOfFit } from './statistics/sample-ratio-mismatch';

const key = { salt: 'salt', experiment: 'rollout 7' };
const owner = (overrides: Partial<ImageOwner> = {}): ImageOwner => ({ imageSha256: 'f00d', ...overrides });
const split = (overrides: Partial<TrafficSplit> = {}): TrafficSplit => ({
  control: 'control',
  treatedBasisPoints: 500,
  treatments: [{ arm: 'candidate', basisPoints: 10_000 }],
  ...overrides,
});
const three = [
  { arm: 'b', basisPoints: 2_000 },
  { arm: 'c', basisPoints: 3_000 },
  { arm: 'd', basisPoints: 5_000 },
];
const patient = fc.string({ minLength: 1 }).filter((id) => id.trim() !== '');
const share = fc.integer({ min: 0, max: 10_000 });

describe('unitDigest', () => {
  it('is SHA-256 of salt, experiment and unit, and so the same on every replica and in every release', () => {
    expect(unitDigest(key, owner({ patientId: 'P1' })).toString('hex')).toBe(
      '8dca8d6666d40c983cd9c079cb67656255a0baba46650548f017304ec5eb48f7',
    );
  });

  it('is the patient where known, whatever the study and the image', () => {
    const one = unitDigest(key, owner({ patientId: 'P1', studyInstanceUid: '1.2', imageSha256: 'a' }));
    expect(
      unitDigest(key, owner({ patientId: ' P1 \0', studyInstanceUid: '1.3', imageSha256: 'b' })),
    ).toEqual(one);
    expect(
      unitDigest(key, owner({ patientId: 'P2', studyInstanceUid: '1.2', imageSha256: 'a' })),
    ).not.toEqual(one);
  });

  it('is the study where no patient is known, and the image where no study is', () => {
    const study = unitDigest(key, owner({ patientId: ' ', studyInstanceUid: '1.2', imageSha256: 'a' }));
    expect(unitDigest(key, owner({ studyInstanceUid: '1.2\0', imageSha256: 'b' }))).toEqual(study);
    expect(unitDigest(key, owner({ imageSha256: 'a' }))).not.toEqual(
      unitDigest(key, owner({ imageSha256: 'b' })),
    );
  });

  it('differs between experiments and salts', () => {
    const at = (changes: object) => unitDigest({ ...key, ...changes }, owner()).toString('hex');
    expect(new Set([at({}), at({ salt: 'pepper' }), at({ experiment: 'rollout 8' })]).size).toBe(3);
  });
});

describe('assignArm', () => {
  it('gives 100 000 patients to arms by weight: chi² 0.991 with 3 degrees of freedom, p 0.803', () => {
    const weighted = split({ treatedBasisPoints: 4_000, treatments: three });
    const counts = new Map<string, number>();
    for (let i = 0; i < 100_000; i++) {
      const arm = assignArm(weighted, unitDigest(key, owner({ patientId: `patient ${i}` })));
      counts.set(arm, (counts.get(arm) ?? 0) + 1);
    }
    const arms = [...expectedShares(weighted)];
    const { chiSquare, p } = chiSquareOfFit(
      arms.map(([arm]) => counts.get(arm)!),
      arms.map(([, expected]) => expected * 100_000),
    );
    expect({ chiSquare: Number(chiSquare.toFixed(3)), p: Number(p.toFixed(3)) }).toEqual({
      chiSquare: 0.991,
      p: 0.803,
    });
  });

  it('only ever moves units from control to treatment when the share grows, and none between treatments', () => {
    fc.assert(
      fc.property(patient, share, share, (patientId, one, other) => {
        const digest = unitDigest(key, owner({ patientId }));
        const at = (treatedBasisPoints: number) =>
          assignArm(split({ treatedBasisPoints, treatments: three }), digest);
        const [before, after] = [at(Math.min(one, other)), at(Math.max(one, other))];
        if (before !== 'control') expect(after).toBe(before);
      }),
    );
  });

  it('treats nobody at 0 and everybody at 10 000', () => {
    fc.assert(
      fc.property(patient, (patientId) => {
        const digest = unitDigest(key, owner({ patientId }));
        expect(assignArm(split({ treatedBasisPoints: 0 }), digest)).toBe('control');
        expect(assignArm(split({ treatedBasisPoints: 10_000 }), digest)).toBe('candidate');
      }),
    );
  });

  it('copies, as a shadow, the units that a canary of the same share treats', () => {
    fc.assert(
      fc.property(patient, share, (patientId, basisPoints) => {
        const digest = unitDigest(key, owner({ patientId }));
        const isTreated = assignArm(split({ treatedBasisPoints: basisPoints }), digest) === 'candidate';
        expect(isWithinShare(digest, basisPoints)).toBe(isTreated);
      }),
    );
  });
});
