import { add, fillPolygon, strokePath, type Region } from './canvas';
import { ellipse, smoothLine } from './curve';
import type { Frame } from './frame';
import type { Random } from './random';

/** Two or three ECG electrodes with their cables, as on a monitored patient. They are no finding. */
export function drawLeads(frame: Frame, density: Region, random: Random): void {
  const { size, scale } = frame;
  const count = random.integer(2, 3);
  for (let i = 0; i < count; i++) {
    const side = i % 2 === 0 ? 1 : -1;
    const end = {
      x: side * random.between(0.24, 0.33),
      y: i === 2 ? random.between(0.25, 0.33) : random.between(-0.24, -0.16),
    };
    const mid = { x: end.x * 0.6 + random.between(-0.05, 0.05), y: end.y * 0.5 + 0.2 };
    const cable = smoothLine([end, mid, { x: random.between(-0.12, 0.12), y: 0.7 }], 12);
    add(
      density,
      strokePath(size, frame.pixels(cable), { radius: 0.0016 * scale, softness: 0.0016 * scale }),
      0.16,
    );
    const pad = ellipse(end, 0.0115, 0.0115, 0, undefined, 24);
    add(density, fillPolygon(size, frame.pixels(pad), 0.0015 * scale), 0.1);
    const stud = ellipse(end, 0.0045, 0.0045, 0, undefined, 16);
    add(density, fillPolygon(size, frame.pixels(stud), 0), 0.3);
  }
}
