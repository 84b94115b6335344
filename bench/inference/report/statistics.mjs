/** The value below which the share `q` of all lies; the nearest that occurs. */
export function quantileOf(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** The middle value; between the two middle ones where their number is even. */
export function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Objects of numbers (or of such objects) as one, each number the median of its namesakes. */
export function medianOfEach(objects) {
  const names = new Set(objects.flatMap((one) => Object.keys(one)));
  const entries = [...names].map((name) => {
    const values = objects.map((one) => one[name]).filter((value) => value !== undefined);
    return [name, typeof values[0] === 'object' ? medianOfEach(values) : medianOf(values)];
  });
  return Object.fromEntries(entries);
}
