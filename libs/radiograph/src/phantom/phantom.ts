import { FINDING_CLASSES, type FindingClass } from '../finding/finding-class';
import { expose, type Exposure } from './exposure';
import { Frame } from './frame';
import { drawLeads } from './leads';
import type { Chest } from './painting';
import { randomPhysique } from './physique';
import { placeFindings, type PhantomFinding } from './placement';
import { Random } from './random';
import { drawSkeleton } from './skeleton';
import { drawTissue } from './soft-tissue';
import { drawVessels } from './vessels';

export type { PhantomFinding } from './placement';

/** What to draw. The same options always give the same phantom, pixel for pixel. */
export interface PhantomOptions {
  /** Decides everything about the patient; only its low 32 bits count. */
  readonly seed: number;
  /** Pixels, 64 to 4096. Default 640. */
  readonly width?: number;
  /** Pixels, 64 to 4096. Default: the width. */
  readonly height?: number;
  /**
   * How many different findings to ask for, 0 to 4. By default 0 in 22 % of the patients and 1 to 4 otherwise.
   * A finding that finds no free place is left out, and some occur twice, so the number of boxes may differ.
   */
  readonly findingCount?: number;
}

/** A synthetic frontal chest radiograph with known findings. It shows no real person. */
export interface Phantom {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** 12-bit values 0..4095, row-major, MONOCHROME2: bright is dense. */
  readonly pixels: Uint16Array;
  readonly findings: readonly PhantomFinding[];
  readonly exposure: Exposure;
  readonly view: 'PA';
  /** Millimetres between pixel centres; the film is 430 mm wide on its shorter side. */
  readonly pixelSpacing: number;
}

/** Share of phantoms without any finding. */
const NORMAL_SHARE = 0.22;

/** How often a phantom is asked for 1, 2, 3 and 4 different findings. */
const COUNT_WEIGHTS = [0.27, 0.33, 0.25, 0.15];

/** Draws the phantom that a seed stands for. */
export function drawPhantom(options: PhantomOptions): Phantom {
  const width = dimension(options.width ?? 640, 'width');
  const height = dimension(options.height ?? width, 'height');
  const random = new Random(options.seed);
  const streams = { plan: random.fork(), body: random.fork(), findings: random.fork(), film: random.fork() };
  const wanted = planFindings(streams.plan, options.findingCount);
  const shrunkSide = streams.plan.sign();
  const physique = randomPhysique(streams.body, {
    cardiomegaly: wanted.includes('Cardiomegaly'),
    aorticEnlargement: wanted.includes('Aortic enlargement'),
    shrunkSide: wanted.includes('Pulmonary fibrosis') ? shrunkSide : undefined,
  });
  const frame = Frame.random({ width, height }, streams.body);
  const tissue = drawTissue(frame, physique, streams.body.fork());
  const vessels = drawVessels(frame, physique, streams.body.fork());
  drawSkeleton(frame, physique, tissue, streams.body.fork());
  const chest: Chest = { frame, physique, tissue };
  const findings = placeFindings(chest, vessels, wanted, shrunkSide, streams.findings);
  const { density, lungs } = tissue;
  for (let i = 0; i < density.data.length; i++) density.data[i]! += vessels.data[i]! * lungs.data[i]!;
  if (streams.film.chance(0.12)) drawLeads(frame, density, streams.film.fork());
  const film = expose(frame, density, streams.film);
  return {
    seed: options.seed,
    width,
    height,
    ...film,
    findings,
    view: 'PA',
    pixelSpacing: 430 / Math.min(width, height),
  };
}

function dimension(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 64 || value > 4096) {
    throw new RangeError(`phantom ${name} must be an integer from 64 to 4096, got ${value}`);
  }
  return value;
}

function planFindings(random: Random, asked: number | undefined): FindingClass[] {
  const shuffled = random.shuffle(FINDING_CLASSES);
  const normal = random.chance(NORMAL_SHARE);
  let count = 1;
  let rest = random.unit();
  while (count < 4 && (rest -= COUNT_WEIGHTS[count - 1]!) > 0) count++;
  return shuffled.slice(0, asked ?? (normal ? 0 : count));
}
