import fc from 'fast-check';
import { IllegalStageTransitionError, InvalidParameterError } from '../errors';
import { decideTransition, isInUse, Stage, stageNamed, StageRules, STAGES } from './stage.machine';

const strict: StageRules = { skips: 'refuse' };
const lenient: StageRules = { skips: 'allow' };
const stage = fc.constantFrom(...STAGES);

/** Walks through these stages as far as the rules let it. */
function walk(wishes: readonly Stage[], rules: StageRules): Stage[] {
  const visited: Stage[] = ['None'];
  for (const to of wishes) {
    try {
      decideTransition({ from: visited.at(-1)!, to, visited }, rules);
      visited.push(to);
    } catch (error) {
      expect(error).toBeInstanceOf(IllegalStageTransitionError);
    }
  }
  return visited;
}

describe('decideTransition', () => {
  it.each<[Stage, Stage, string | null]>([
    ['None', 'Staging', 'advance'],
    ['Staging', 'Canary', 'advance'],
    ['Canary', 'Production', 'advance'],
    ['Production', 'Archived', 'archive'],
    ['None', 'Archived', 'archive'],
    ['Canary', 'Staging', 'step-back'],
    ['Production', 'None', 'step-back'],
    ['Archived', 'None', 'restore'],
    ['Canary', 'Canary', null],
  ])('from %s to %s it is: %s', (from, to, move) => {
    expect(decideTransition({ from, to, visited: [] }, strict)).toBe(move);
  });

  it.each<[Stage, Stage]>([
    ['None', 'Canary'],
    ['None', 'Production'],
    ['Staging', 'Production'],
    ['Archived', 'Production'],
  ])('from %s to %s it is a skip, which installations may refuse', (from, to) => {
    expect(decideTransition({ from, to, visited: [] }, lenient)).toBe('skip');
    expect(() => decideTransition({ from, to, visited: [] }, strict)).toThrow(IllegalStageTransitionError);
  });

  it('rolls back: a version that was in Production returns to it from the archive', () => {
    const visited: Stage[] = ['Staging', 'Canary', 'Production'];
    expect(decideTransition({ from: 'Archived', to: 'Production', visited }, strict)).toBe('restore');
  });

  it('lets no version into Production that was not in Staging and Canary before, where skips are refused', () => {
    fc.assert(
      fc.property(fc.array(stage), (wishes) => {
        const path = walk(wishes, strict);
        const production = path.indexOf('Production');
        if (production < 0) return;
        expect(path.slice(0, production)).toEqual(expect.arrayContaining(['Staging', 'Canary']));
      }),
    );
  });

  it('refuses nothing where skips are allowed', () => {
    fc.assert(
      fc.property(fc.array(stage), (wishes) => expect(walk(wishes, lenient)).toEqual(['None', ...wishes])),
    );
  });

  it('can always archive, and from everywhere Production can still be reached', () => {
    fc.assert(
      fc.property(fc.array(stage), (wishes) => {
        const there = walk(wishes, strict);
        const on = walk([...wishes, 'Archived', 'None', 'Staging', 'Canary', 'Production'], strict);
        expect(on.slice(there.length)).toEqual(['Archived', 'None', 'Staging', 'Canary', 'Production']);
      }),
    );
  });
});

describe('stageNamed', () => {
  it('knows stages in any case', () => {
    expect(['production', 'CANARY', 'None'].map(stageNamed)).toEqual(['Production', 'Canary', 'None']);
  });

  it('refuses others', () => expect(() => stageNamed('Live')).toThrow(InvalidParameterError));
});

describe('isInUse', () => {
  it('is true between None and Archived', () => {
    expect(STAGES.filter(isInUse)).toEqual(['Staging', 'Canary', 'Production']);
  });
});
