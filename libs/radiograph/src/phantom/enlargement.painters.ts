import { fillPolygon, type Point } from './canvas';
import { ellipse } from './curve';
import type { Chest, Painter } from './painting';
import { heartOutline, knobCentre } from './physique';

/** Cardiomegaly: the heart was already drawn too wide; the box encloses its silhouette. */
export const markCardiomegaly: Painter = (chest) => marked(chest, heartOutline(chest.physique));

/** Aortic enlargement: the knob was already drawn too wide; the box encloses it. */
export const markAorticEnlargement: Painter = (chest) => {
  const { knobRadius } = chest.physique;
  return marked(chest, ellipse(knobCentre(chest.physique), knobRadius, knobRadius * 1.08));
};

/** A painting that adds nothing to what is there. */
function marked(chest: Chest, outline: readonly Point[]): ReturnType<Painter> {
  return { layers: [], extent: [fillPolygon(chest.frame.size, chest.frame.pixels(outline))], edge: 0.5 };
}
