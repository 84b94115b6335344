import { clip, fillPolygon, strokeOnto, windowAround, type Point } from './canvas';
import { ellipse, smoothLine } from './curve';
import { lobes, lungSpot, type Painter } from './painting';
import { domeOf, type Side } from './physique';
import { net, weave } from './texture';

/** ILD: a fine regular net of thickened septa over a region. */
export const paintIld: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.25, 0.9, 0.08);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const radius = random.between(0.075, 0.13);
  const outline = ellipse(
    spot,
    radius * random.between(0.8, 1),
    radius * random.between(1, 1.25),
    0,
    lobes(random, 0.08),
  );
  const region = fillPolygon(size, chest.frame.pixels(outline), 0.016 * scale);
  clip(region, chest.tissue.lungs);
  const area = { ...region, data: region.data.slice() };
  weave(
    region,
    net(random, 0.0135 * scale, 0.0019 * scale),
    (value, texture) => value * (0.1 + 0.9 * texture),
  );
  return { layers: [{ region, amount: random.between(0.18, 0.25) }], extent: [area], edge: 0.4 };
};

/** Pulmonary fibrosis: coarse crossing bands at a base or an apex, over a faint haze, in a lung that has shrunk. */
export const paintFibrosis =
  (side: Side): Painter =>
  (chest, random) => {
    const { size, scale } = chest.frame;
    const basal = random.chance(0.6);
    const dome = domeOf(chest.physique, side);
    const radius = random.between(0.055, 0.085);
    const centre: Point = basal
      ? { x: side * chest.physique.halfWidth * random.between(0.6, 0.75), y: dome - radius * 0.7 }
      : { x: side * random.between(0.125, 0.17), y: -0.27 + radius * 0.4 };
    const region = windowAround(size, chest.frame.pixels([centre]), radius * 1.35 * scale);
    const haze = fillPolygon(size, chest.frame.pixels(ellipse(centre, radius, radius)), 0.012 * scale);
    const count = random.integer(9, 13);
    for (let i = 0; i < count; i++) {
      const angle = (Math.PI * (i + random.between(-0.35, 0.35))) / count;
      const offset = radius * random.between(-0.55, 0.55);
      const reach = Math.sqrt(Math.max(0.2, 1 - (offset / radius) ** 2)) * radius * random.between(0.75, 1);
      const path = [-1, -0.3, 0.4, 1].map((t) => ({
        x: centre.x + t * reach * Math.cos(angle) - offset * Math.sin(angle) + random.between(-0.006, 0.006),
        y: centre.y + t * reach * Math.sin(angle) + offset * Math.cos(angle) + random.between(-0.006, 0.006),
      }));
      const width = random.between(0.0028, 0.0048) * scale;
      strokeOnto(
        region,
        chest.frame.pixels(smoothLine(path, 4)),
        { radius: width, softness: 0.003 * scale },
        random.between(0.7, 1),
      );
    }
    clip(region, chest.tissue.lungs);
    clip(haze, chest.tissue.lungs);
    return {
      layers: [
        { region, amount: random.between(0.24, 0.3) },
        { region: haze, amount: 0.05 },
      ],
      extent: [region],
      edge: 0.35,
    };
  };
