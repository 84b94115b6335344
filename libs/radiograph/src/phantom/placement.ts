import { boxArea, type Box } from '../finding/box';
import type { FindingClass } from '../finding/finding-class';
import { add, erase, type Region } from './canvas';
import { markAorticEnlargement, markCardiomegaly } from './enlargement.painters';
import { paintFibrosis, paintIld } from './interstitium.painters';
import {
  paintAtelectasis,
  paintCalcification,
  paintConsolidation,
  paintInfiltration,
  paintLungOpacity,
  paintNodule,
  paintOtherLesion,
} from './opacity.painters';
import { boxOf, type Chest, type Painter } from './painting';
import type { Side } from './physique';
import { paintEffusion, paintPneumothorax, paintThickening } from './pleura.painters';
import type { Random } from './random';

/** One drawn finding and the box, in whole pixels, that encloses it. */
export interface PhantomFinding {
  readonly class: FindingClass;
  readonly box: Box;
}

/** The shortest side of a box, as a fraction of the image's shorter side: 8 px of 640. */
const SMALLEST_BOX = 8 / 640;

/** Findings of which a patient may well have two. */
const REPEATABLE: ReadonlySet<FindingClass> = new Set<FindingClass>([
  'Calcification',
  'Nodule/Mass',
  'ILD',
  'Pleural effusion',
  'Pleural thickening',
]);

/** How each finding is drawn. Enlargements come first because the body was already shaped for them. */
function paintersFor(shrunkSide: Side): Record<FindingClass, Painter> {
  return {
    'Aortic enlargement': markAorticEnlargement,
    Atelectasis: paintAtelectasis,
    Calcification: paintCalcification,
    Cardiomegaly: markCardiomegaly,
    Consolidation: paintConsolidation,
    ILD: paintIld,
    Infiltration: paintInfiltration,
    'Lung Opacity': paintLungOpacity,
    'Nodule/Mass': paintNodule,
    'Other lesion': paintOtherLesion,
    'Pleural effusion': paintEffusion,
    'Pleural thickening': paintThickening,
    Pneumothorax: paintPneumothorax,
    'Pulmonary fibrosis': paintFibrosis(shrunkSide),
  };
}

/** Findings that claim their place before the others, because they cannot go elsewhere. */
const PLACE_FIRST: readonly FindingClass[] = [
  'Aortic enlargement',
  'Cardiomegaly',
  'Pulmonary fibrosis',
  'Pneumothorax',
  'Pleural effusion',
];

/**
 * Paints the wanted findings onto the chest, one after another, each where it hides no other.
 * @param vessels loses what the findings hide
 */
export function placeFindings(
  chest: Chest,
  vessels: Region,
  wanted: readonly FindingClass[],
  shrunkSide: Side,
  random: Random,
): PhantomFinding[] {
  const painters = paintersFor(shrunkSide);
  const order = [
    ...PLACE_FIRST.filter((name) => wanted.includes(name)),
    ...wanted.filter((name) => !PLACE_FIRST.includes(name)),
  ];
  const findings: PhantomFinding[] = [];
  for (const name of order) {
    const times = REPEATABLE.has(name) && random.chance(0.3) ? 2 : 1;
    for (let i = 0; i < times; i++) {
      const box = placeOne(chest, vessels, name, painters[name], findings, random);
      if (box) findings.push({ class: name, box });
    }
  }
  return findings;
}

/** Tries up to 16 places until one neither covers another finding nor is nearly hidden. */
function placeOne(
  chest: Chest,
  vessels: Region,
  name: FindingClass,
  paint: Painter,
  placed: readonly PhantomFinding[],
  random: Random,
): Box | undefined {
  const { width, height } = chest.frame.size;
  const smallest = Math.max(3, SMALLEST_BOX * Math.min(width, height));
  for (let attempt = 0; attempt < 16; attempt++) {
    const painting = paint(chest, random);
    const box = painting && boxOf(painting);
    if (!painting || !box || box.xMax - box.xMin < smallest || box.yMax - box.yMin < smallest) continue;
    if (placed.some((other) => collides(name, box, other))) continue;
    for (const { region, amount } of painting.layers) add(chest.tissue.density, region, amount);
    if (painting.hidesVessels) erase(vessels, painting.hidesVessels);
    return box;
  }
  return undefined;
}

/** Whether two findings would hide each other: their boxes share more than a fifth of the smaller one. */
function collides(name: FindingClass, box: Box, other: PhantomFinding): boolean {
  if (name === 'Aortic enlargement' || name === 'Cardiomegaly') return false;
  const wide = Math.min(box.xMax, other.box.xMax) - Math.max(box.xMin, other.box.xMin);
  const high = Math.min(box.yMax, other.box.yMax) - Math.max(box.yMin, other.box.yMin);
  if (wide <= 0 || high <= 0) return false;
  const share = other.class === 'Cardiomegaly' ? 0.6 : 0.2;
  return wide * high > share * Math.min(boxArea(box), boxArea(other.box));
}
