const BAR = { height: 16, gap: 6 };
const PANEL = { left: 190, width: 420, top: 34, bottom: 26 };
const COLOURS = { own: '#0f6e84', other: '#a9b4bd', ceiling: '#c2410c', text: '#1f2933', rule: '#d9dfe4' };
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

/** The share of the raw runtime's rate each contestant reaches at the highest concurrency, and R* as a line. */
export function drawPlot({ about, models }) {
  const lanes = Math.max(...about.concurrency);
  const panels = Object.entries(models).flatMap(([model, { films }]) =>
    films.map((film) => ({ heading: `${model}, ${film.title}`, film })),
  );
  let y = 40;
  const drawn = panels.map(({ heading, film }) => {
    const panel = drawPanel(heading, film, lanes, y);
    y += panel.height;
    return panel.text;
  });
  const width = PANEL.left + PANEL.width + 80;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" ${FONT}>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(
      16,
      24,
      `Images a second as a share of the bare runtime, ${lanes} uploads at a time`,
      'font-weight="600"',
    ),
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawPanel(heading, { ceiling, rows }, lanes, top) {
  const bars = rows
    .filter(({ at }) => at[lanes])
    .map(({ contestant, title, at }) => ({ contestant, title, share: at[lanes].toRaw }));
  const step = BAR.height + BAR.gap;
  const bottom = top + PANEL.top + bars.length * step;
  const most = Math.max(1, ...bars.map(({ share }) => share));
  const scale = (share) => PANEL.left + (share / most) * PANEL.width;
  const limit = scale(ceiling.share);
  return {
    height: PANEL.top + bars.length * step + PANEL.bottom,
    text: [
      text(16, top + 22, heading, 'font-weight="600"'),
      rule(scale(0), top + PANEL.top - 4, bottom, COLOURS.rule),
      rule(scale(1), top + PANEL.top - 4, bottom, COLOURS.rule),
      ...bars.map((bar, index) => drawBar(bar, top + PANEL.top + index * step, scale)),
      rule(limit, top + PANEL.top - 4, bottom, COLOURS.ceiling, 'stroke-dasharray="4 3"'),
      text(
        limit,
        bottom + 12,
        `R* ${ceiling.share.toFixed(2)}`,
        `text-anchor="middle" fill="${COLOURS.ceiling}"`,
      ),
    ].join('\n'),
  };
}

function drawBar({ contestant, title, share }, y, scale) {
  const fill = contestant.startsWith('thorax') ? COLOURS.own : COLOURS.other;
  const end = scale(share);
  const baseline = y + BAR.height - 4;
  return [
    text(PANEL.left - 8, baseline, title, 'text-anchor="end"'),
    `<rect x="${PANEL.left}" y="${y}" width="${(end - PANEL.left).toFixed(1)}" height="${BAR.height}" fill="${fill}"/>`,
    text(end + 6, baseline, share.toFixed(2), ''),
  ].join('\n');
}

function rule(x, from, to, colour, more = '') {
  return `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${from}" y2="${to}" stroke="${colour}" ${more}/>`;
}

function text(x, y, words, attributes) {
  const fill = attributes.includes('fill=') ? '' : `fill="${COLOURS.text}"`;
  return `<text x="${x.toFixed(1)}" y="${y}" ${fill} ${attributes}>${words}</text>`;
}
