const SIZE = { width: 720, height: 260, left: 60, right: 20, top: 40, bottom: 34 };

/** One line through points [x, y] as an SVG, the y axis from 0. */
export function drawLine({ title, points }) {
  const { width, height, left, right, top, bottom } = SIZE;
  const maxX = Math.max(...points.map(([x]) => x), 1);
  const maxY = Math.max(...points.map(([, y]) => y), 1) * 1.1;
  const x = (value) => left + (value / maxX) * (width - left - right);
  const y = (value) => height - bottom - (value / maxY) * (height - top - bottom);
  const path = points
    .map(([px, py], index) => `${index ? 'L' : 'M'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`)
    .join('');
  const label = (px, py, words, anchor) =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}" fill="#1f2933">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="16" y="24" font-weight="600" fill="#1f2933">${title}</text>`,
    ...[0, 0.5, 1].flatMap((share) => [
      `<line x1="${left}" x2="${width - right}" y1="${y(share * maxY)}" y2="${y(share * maxY)}" stroke="#d9dfe4"/>`,
      label(left - 8, y(share * maxY) + 4, (share * maxY).toFixed(0), 'end'),
    ]),
    ...[0, 0.5, 1].map((share) =>
      label(
        x(share * maxX),
        height - 12,
        Math.round(share * maxX).toLocaleString('en'),
        share === 1 ? 'end' : 'middle',
      ),
    ),
    `<path d="${path}" fill="none" stroke="#0f6e84" stroke-width="1.5"/>`,
    '</svg>\n',
  ].join('\n');
}
