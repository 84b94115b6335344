import { shownFigure } from './gate.checks';
import { GateCheck, GateReport, ReportedVersion } from './gate.report';

const OUTCOMES = {
  pass: 'pass',
  fail: 'FAIL',
  'needs-approval': 'needs approval',
  'not-enough-support': 'not enough support',
} as const;

/** A report as a Markdown document, for people. Everything that names something is escaped. */
export function gateReportMarkdown(report: GateReport): string {
  const { policy, testSet, method } = report;
  return [
    `# Gate of ${versionOf(report.candidate)}: ${OUTCOMES[report.decision]}`,
    '',
    ...report.reasons.map((reason) => `- ${escaped(reason)}`),
    ...(report.approvalsRequired > 0 ? [`- Approvals required: ${report.approvalsRequired}.`] : []),
    '',
    '|  |  |',
    '| --- | --- |',
    `| Incumbent | ${report.incumbent ? versionOf(report.incumbent) : 'none: judged by the minima of the policy'} |`,
    `| Test set | ${escaped(testSet.name)}, ${testSet.images} images of ${testSet.patients} patients, SHA-256 ${testSet.sha256} |`,
    `| Policy | ${escaped(policy.name)}, version ${escaped(policy.version)}, SHA-256 ${policy.sha256} |`,
    `| Intervals | ${method.confidence * 100} %, ${method.resamples} paired resamples by ${method.unit} |`,
    `| Average precision | ${method.averagePrecision} |`,
    `| Sensitivity | at ${method.falsePositivesPerImage} false positives an image |`,
    `| Host | ${escaped(report.host)} |`,
    `| Evidence of the candidate | SHA-256 ${report.candidate.evidenceSha256} |`,
    ...(report.incumbent
      ? [`| Evidence of the incumbent | SHA-256 ${report.incumbent.evidenceSha256} |`]
      : []),
    '',
    '| Check | Class | Candidate | Incumbent | Judged | Interval | Limit | Support | Outcome |',
    '| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | --- |',
    ...report.checks.map(row),
    '',
    'Judged is candidate − incumbent where there is an incumbent, else the candidate itself.',
    '',
  ].join('\n');
}

function row(check: GateCheck): string {
  const shown = (value: number | null) => (value === null ? '–' : shownFigure(check, value));
  const own = (value: number | null) =>
    value === null ? '–' : shownFigure({ name: check.name, compares: 'absolute' }, value);
  const { interval, support, minimumSupport } = check;
  const cells = [
    check.name,
    check.class === undefined ? 'all' : `${escaped(check.class)}${check.critical ? ' (critical)' : ''}`,
    own(check.candidate),
    own(check.incumbent),
    shown(check.value),
    interval ? `${shown(interval.low)} to ${shown(interval.high)}` : '–',
    shown(check.limit),
    `${support} (≥ ${minimumSupport})`,
    OUTCOMES[check.outcome],
  ];
  return `| ${cells.join(' | ')} |`;
}

function versionOf({ name, version }: ReportedVersion): string {
  return `${escaped(name)}, version ${version}`;
}

/** Names come from clients: they must be neither markup nor table cells of their own. */
function escaped(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>#|!~]/g, (character) => `\\${character}`);
}
