import { shown } from '../inspection/inspection.problem';
import { ModelCard, shapeOf } from './model.card';

const maxTextLength = 2_000;

/** The card as Markdown (GFM). Texts that others chose cannot become markup. */
export function renderCard(card: ModelCard): string {
  const sections = [
    `# Model card: ${text(card.name)}, version ${card.version}`,
    `**${text(card.caution)}**`,
    card.description && text(card.description),
    table(['', ''], factsOf(card)),
    ...section('Why it must not be opened', ['problem', 'remedy'], problemsOf(card)),
    ...section('Inputs and outputs', ['name', 'what'], valuesOf(card)),
    ...section('Classes', ['class', 'threshold'], card.classes.map(({ name, threshold }) => [name, threshold ?? '–'])),
    ...section('How well it works', ['metric', 'value', 'dataset'], card.metrics.map(({ name, value, dataset }) => [name, value, dataset ?? '–'])),
    ...section('Data', ['dataset', 'digest'], card.datasets.map(({ name, digest }) => [name, digest])),
    ...section('Tags', ['tag', 'value'], card.tags.map(({ key, value }) => [key, value])),
    ...section('History', ['when', 'from', 'to', 'by', 'why'], card.history.map(({ at, from, to, actor, reason }) => [at, from, to, actor, reason])),
  ]; // prettier-ignore
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

type Row = readonly (string | number)[];

function factsOf({ file, format, inspection, ...card }: ModelCard): Row[] {
  const opsets = format?.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ');
  const rows: [string, string | number | null | undefined][] = [
    ['Stage', card.stage],
    ['Aliases', card.aliases.join(', ')],
    ['Registered', card.registeredAt],
    ['Source', card.source],
    ['Run', card.runId],
    ['Code', card.codeVersion],
    ['Made from', card.parent && `${card.parent.name}, version ${card.parent.version}`],
    ['Task', card.task],
    ['Licence', card.licence],
    ['SHA-256', file?.sha256],
    ['Size', file && `${file.sizeBytes} bytes`],
    ['Format', format && `ONNX IR ${format.irVersion}, ${opsets}; ${format.nodes} nodes, ${format.weightBytes} bytes of weights`],
    ['Written by', format?.producer],
    ['Inspection', inspection ? `${inspection.verdict}, by revision ${inspection.revision} of the rules` : 'none: no ONNX file here'],
    ['Signed by', inspection?.signedBy && `${inspection.signedBy.name} (${inspection.signedBy.id})`],
  ]; // prettier-ignore
  return rows.filter(
    (row): row is [string, string | number] => row[1] !== null && row[1] !== undefined && row[1] !== '',
  );
}

function problemsOf({ inspection }: ModelCard): Row[] {
  return (inspection?.problems ?? []).map(({ code, message, remedy }) => [`${code}: ${message}`, remedy]);
}

function valuesOf({ format }: ModelCard): Row[] {
  if (!format) return [];
  const rows = (kind: string, values: typeof format.inputs): Row[] =>
    values.map((value) => [value.name, `${kind}, ${shapeOf(value)}`]);
  return [...rows('input', format.inputs), ...rows('output', format.outputs)];
}

function section(title: string, head: readonly string[], rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : [`## ${title}`, table(head, rows)];
}

function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => text(String(cell))).join(' | ')} |`;
  return [line(head), line(head.map(() => '')).replaceAll('|  ', '| --- '), ...rows.map(line)].join('\n');
}

/** One line, with every character escaped that Markdown or HTML could see markup in. */
function text(value: string): string {
  return shown(value.replaceAll(/\s+/g, ' '), maxTextLength).replaceAll(/[\\`*_[\]<>#|~&!]/g, '\\$&');
}
