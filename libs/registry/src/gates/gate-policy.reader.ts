import { createHash } from 'node:crypto';
import { Document, parseDocument } from 'yaml';
import { DocumentFields } from './document.fields';
import { InvalidGatePolicyError } from './gate.errors';
import {
  CalibrationRules,
  ClassRules,
  FigureRules,
  GatePolicy,
  LatencyRules,
  UNDECIDED,
} from './gate.policy';
import { AVERAGE_PRECISION_METHODS } from './statistics/average-precision';

const MAX_POLICY_CHARACTERS = 64 * 1024;
const MAX_CLASSES = 200;
const TOP_KEYS = [
  'name', 'version', 'test_set_sha256', 'bootstrap', 'average_precision_method', 'false_positives_per_image', 'classes',
  'calibration', 'latency', 'approvals',
]; // prettier-ignore
const CLASS_KEYS = [
  'minimum_support', 'average_precision', 'sensitivity', 'inconclusive', 'not_enough_support',
]; // prettier-ignore

const refuse = (path: string, expected: string, got: string) =>
  new InvalidGatePolicyError(path, expected, got);

/**
 * Reads the text of a gate policy; `policies/default-gate.yaml` documents every key. Unknown keys are refused: a
 * misspelt margin must not become the default one. Rules under `classes.critical` and `classes.by_name` stand on those
 * of `classes.every`; a name that has both follows `by_name`, on those of `critical`.
 *
 * @throws InvalidGatePolicyError with path, expectation and value
 */
export function readGatePolicy(text: string): GatePolicy {
  const root = rootOf(text);
  const bootstrap = root.section('bootstrap', ['resamples', 'confidence', 'unit']);
  const approvals = root.section('approvals', ['required', 'when']);
  return {
    name: root.text('name'),
    version: root.text('version', 64),
    sha256: createHash('sha256').update(text).digest('hex'),
    text,
    ...(root.has('test_set_sha256') && { testSetSha256: root.sha256('test_set_sha256') }),
    bootstrap: {
      resamples: bootstrap.integer('resamples', 100, 10_000),
      confidence: bootstrap.number('confidence', 0.5, 0.999),
      unit: bootstrap.choice('unit', ['image', 'patient'] as const),
    },
    averagePrecisionMethod: root.choice('average_precision_method', AVERAGE_PRECISION_METHODS),
    falsePositivesPerImage: root.number('false_positives_per_image', 0.001, 100),
    ...classesOf(root.section('classes', ['every', 'critical', 'by_name'])),
    calibration: calibrationOf(root),
    latency: latencyOf(root),
    approvals: {
      required: approvals.integer('required', 1, 5),
      when: approvals.choice('when', ['needs-approval', 'always'] as const),
    },
  };
}

function rootOf(text: string): DocumentFields {
  if (text.length > MAX_POLICY_CHARACTERS) {
    throw refuse('', `at most ${MAX_POLICY_CHARACTERS} characters`, `${text.length}`);
  }
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw refuse('', 'valid YAML', problem.message.split('\n')[0].replace(/:$/, ''));
  return DocumentFields.of(valueOf(document), '', TOP_KEYS, refuse);
}

/** Aliases that multiply each other would fill the memory; the parser counts them and gives up. */
function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw refuse('', 'YAML without unresolved or excessive aliases', (error as Error).message);
  }
}

function classesOf(
  classes: DocumentFields,
): Pick<GatePolicy, 'everyClass' | 'criticalClasses' | 'classRules'> {
  const everyClass = classRulesOf(classes.section('every', CLASS_KEYS));
  const rules = new Map<string, ClassRules>();
  let criticalClasses: readonly string[] = [];
  if (classes.has('critical')) {
    const critical = classes.section('critical', ['names', ...CLASS_KEYS]);
    criticalClasses = critical.names('names', 1, MAX_CLASSES);
    for (const name of criticalClasses) rules.set(name, classRulesOf(critical, everyClass));
  }
  if (classes.has('by_name')) {
    const byName = classes.section('by_name', 'any');
    for (const name of Object.keys(byName.values)) {
      rules.set(name, classRulesOf(byName.section(name, CLASS_KEYS), rules.get(name) ?? everyClass));
    }
  }
  return { everyClass, criticalClasses, classRules: Object.fromEntries(rules) };
}

/** Keys that are absent come from `base`; without one, all must be there. */
function classRulesOf(fields: DocumentFields, base?: ClassRules): ClassRules {
  const own = (key: string) => !base || fields.has(key);
  return {
    minimumSupport: own('minimum_support')
      ? fields.integer('minimum_support', 1, 1_000_000)
      : base!.minimumSupport,
    averagePrecision: figureOf(fields, 'average_precision', base?.averagePrecision),
    sensitivity: figureOf(fields, 'sensitivity', base?.sensitivity),
    inconclusive: own('inconclusive') ? fields.choice('inconclusive', UNDECIDED) : base!.inconclusive,
    notEnoughSupport: own('not_enough_support')
      ? fields.choice('not_enough_support', UNDECIDED)
      : base!.notEnoughSupport,
  };
}

function figureOf(fields: DocumentFields, key: string, base?: FigureRules): FigureRules {
  if (base && !fields.has(key)) return base;
  const figure = fields.section(key, ['margin', 'max_regression', 'minimum']);
  const own = (name: string) => !base || figure.has(name);
  const margin = own('margin') ? figure.number('margin', 0, 1) : base!.margin;
  const maxRegression = own('max_regression') ? figure.number('max_regression', 0, 1) : base!.maxRegression;
  if (maxRegression > margin) {
    throw refuse(figure.at('max_regression'), `at most the margin, ${margin}`, String(maxRegression));
  }
  return { margin, maxRegression, minimum: own('minimum') ? figure.number('minimum', 0, 1) : base!.minimum };
}

function calibrationOf(root: DocumentFields): CalibrationRules {
  const keys = ['bins', 'minimum_score', 'maximum', 'minimum_support', 'inconclusive', 'not_enough_support'];
  const fields = root.section('calibration', keys);
  return {
    bins: fields.integer('bins', 2, 100),
    minimumScore: fields.number('minimum_score', 0, 1),
    maximum: fields.number('maximum', 0, 1),
    minimumSupport: fields.integer('minimum_support', 1, 10_000_000),
    inconclusive: fields.choice('inconclusive', UNDECIDED),
    notEnoughSupport: fields.choice('not_enough_support', UNDECIDED),
  };
}

function latencyOf(root: DocumentFields): LatencyRules {
  const keys = ['p95_budget_ms', 'minimum_samples', 'inconclusive', 'not_enough_support'];
  const fields = root.section('latency', keys);
  return {
    p95BudgetMs: fields.number('p95_budget_ms', 0.001, 3_600_000),
    minimumSamples: fields.integer('minimum_samples', 1, 100_000),
    inconclusive: fields.choice('inconclusive', UNDECIDED),
    notEnoughSupport: fields.choice('not_enough_support', UNDECIDED),
  };
}
