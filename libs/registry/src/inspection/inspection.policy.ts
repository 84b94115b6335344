import { OnnxReport, OperatorCount } from './onnx.report';
import { named, ProblemList } from './inspection.problem';
import { STANDARD_DOMAIN, STANDARD_OPERATORS } from './standard-operators';

/** How much of a file is read, and kept of it, before it is refused. */
export interface ReadingLimits {
  readonly fileBytes: number;
  /** Of all protobuf messages of the file together. */
  readonly fields: number;
  /** Of all graphs together. */
  readonly nodes: number;
  readonly initialisers: number;
  /** Declared inputs and outputs, the initialisers among them included. */
  readonly values: number;
  /** Graphs within graphs. */
  readonly depth: number;
  /** How many inputs, and outputs, a report lists. */
  readonly inputsAndOutputs: number;
  /** Dimensions of a tensor. */
  readonly rank: number;
  readonly metadataEntries: number;
  /** Characters that are kept of all metadata together. */
  readonly metadataLength: number;
  readonly problems: number;
}

/** What may be opened here. */
export interface InspectionPolicy {
  readonly limits: ReadingLimits;
  /** Versions of the format, both included. */
  readonly irVersions: readonly [first: number, last: number];
  /** Versions of ONNX's own set of operators, both included. */
  readonly opsets: readonly [first: number, last: number];
  /** Operators that may stand in a model, by domain. */
  readonly operators: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Counts up with every change of what {@link inspectOnnx} finds; verdicts carry it. */
export const INSPECTION_REVISION = 1;

/**
 * Models that ONNX Runtime 1.30 opens (it has been tried: opset 27 and IR 14 are refused), of the operators that exports of detectors and their quantisation are made
 * of. The largest detectors in use have some thousand nodes.
 */
export const INSPECTION_POLICY: InspectionPolicy = {
  limits: {
    fileBytes: 512 * 1024 * 1024,
    fields: 1_000_000,
    nodes: 50_000,
    initialisers: 50_000,
    values: 60_000,
    depth: 4,
    inputsAndOutputs: 32,
    rank: 16,
    metadataEntries: 64,
    metadataLength: 32_768,
    problems: 20,
  },
  irVersions: [3, 13],
  opsets: [7, 26],
  operators: new Map([[STANDARD_DOMAIN, STANDARD_OPERATORS]]),
};

/** Says what the policy has against a file that could be read. */
export function judge(
  report: OnnxReport,
  operators: readonly OperatorCount[],
  policy: InspectionPolicy,
  problems: ProblemList,
): void {
  judgeVersions(report, policy, problems);
  for (const { domain, type } of operators) {
    const allowed = policy.operators.get(domain);
    if (!allowed) {
      problems.add(
        'OPERATOR_DOMAIN',
        `Expected operators of ${[...policy.operators.keys()].join(', ')}; the model has ${named(type)} of ${named(domain)}.`,
        'Export it with standard ONNX operators; a quantised one in QDQ format.',
      );
    } else if (!allowed.has(type)) {
      problems.add(
        'OPERATOR',
        `The operator ${named(type)} of ${domain} is not among those that models here may consist of.`,
        'Export the model without it: without loops, random numbers, texts, sequences and recurrence.',
      );
    }
  }
}

function judgeVersions(
  report: OnnxReport,
  { irVersions, opsets }: InspectionPolicy,
  problems: ProblemList,
): void {
  const ir = report.irVersion;
  if (ir === null || ir < irVersions[0] || ir > irVersions[1]) {
    const came = ir === null ? 'the file does not say its version' : `${ir} came`;
    problems.add(
      'IR_VERSION',
      `Expected ONNX IR version ${irVersions[0]} to ${irVersions[1]}; ${came}.`,
      'Export the model with a release of onnx that this one knows.',
    );
  }
  const standard = report.opsets.filter(({ domain }) => domain === STANDARD_DOMAIN);
  const unfit = standard.filter(({ version }) => version < opsets[0] || version > opsets[1]);
  if (standard.length === 1 && unfit.length === 0) return;
  const came = standard.length === 0 ? 'none' : standard.map(({ version }) => version).join(' and ');
  problems.add(
    'OPSET',
    `Expected one opset of ${STANDARD_DOMAIN}, ${opsets[0]} to ${opsets[1]}; the file states ${came}.`,
    'Export the model with opset 17, which every runtime of the last years knows.',
  );
}
