/** How a class is drawn. Seven hues in two strokes: hue never has to tell fourteen classes apart alone. */
export interface FindingMark {
  colour: string;
  dashed: boolean;
}

/**
 * Okabe and Ito's hues, lightened until each has at least 7:1 contrast on black film. They stay apart in the
 * common forms of colour blindness; the label always names the class as well.
 */
const hue = {
  sky: '#56b4e9',
  orange: '#f0a42b',
  green: '#34c99f',
  yellow: '#f2e65c',
  vermilion: '#ff8552',
  pink: '#ea97cb',
  periwinkle: '#9db1ff',
} as const;

/** Findings that often occur together (heart and effusion, mass and consolidation) get different hues. */
const marks: Record<string, FindingMark> = {
  'Aortic enlargement': { colour: hue.sky, dashed: false },
  Cardiomegaly: { colour: hue.orange, dashed: false },
  'Pleural effusion': { colour: hue.periwinkle, dashed: false },
  'Nodule/Mass': { colour: hue.yellow, dashed: false },
  Pneumothorax: { colour: hue.vermilion, dashed: false },
  Consolidation: { colour: hue.pink, dashed: false },
  Atelectasis: { colour: hue.green, dashed: false },
  Calcification: { colour: hue.sky, dashed: true },
  'Pulmonary fibrosis': { colour: hue.orange, dashed: true },
  ILD: { colour: hue.periwinkle, dashed: true },
  'Other lesion': { colour: hue.yellow, dashed: true },
  'Lung Opacity': { colour: hue.vermilion, dashed: true },
  Infiltration: { colour: hue.pink, dashed: true },
  'Pleural thickening': { colour: hue.green, dashed: true },
};

const ring = Object.values(marks);

/** The same class has the same mark on every radiograph; one that is not in the table gets its mark by name. */
export function markOf(className: string): FindingMark {
  const known = Object.hasOwn(marks, className) ? marks[className] : undefined;
  return known ?? ring[nameHash(className) % ring.length] ?? { colour: hue.sky, dashed: false };
}

function nameHash(name: string): number {
  let hash = 2166136261;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  return hash;
}
