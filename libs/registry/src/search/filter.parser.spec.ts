import fc from 'fast-check';
import { InvalidParameterError } from '../errors';
import { compileFilter, SearchSchema, SqlParameters } from './filter.compiler';
import { Comparison, parseFilter, parseOrder } from './filter.parser';
import { RUN_VOCABULARY } from './filter.vocabulary';

const parse = (filter: string) => parseFilter(filter, RUN_VOCABULARY);
const short = ({ field: { kind, key }, operator, value }: Comparison) => [kind, key, operator, value];

describe('parseFilter', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['metrics.loss < 0.1', [['metric', 'loss', '<', 0.1]]],
    ['metric.`val/mAP50-95 (B)` >= -1e-3', [['metric', 'val/mAP50-95 (B)', '>=', -0.001]]],
    ['metrics.val/loss>1', [['metric', 'val/loss', '>', 1]]],
    [`params.lr = '0.01' and tags."my tag" != "x"`, [['param', 'lr', '=', '0.01'], ['tag', 'my tag', '!=', 'x']]],
    ["tags.mlflow.source.name LIKE '%train%'", [['tag', 'mlflow.source.name', 'LIKE', '%train%']]],
    ["run_name ilike 'a%'", [['attribute', 'run_name', 'ILIKE', 'a%']]],
    ["attributes.status = 'FINISHED'", [['attribute', 'status', '=', 'FINISHED']]],
    ["attr.`Run name` = 'x'", [['attribute', 'run_name', '=', 'x']]],
    ["`run name` = 'x'", [['attribute', 'run_name', '=', 'x']]],
    ['Created > 5', [['attribute', 'start_time', '>', 5]]],
    ["run_id IN ('a', 'b')", [['attribute', 'run_id', 'IN', ['a', 'b']]]],
    ["run_id NOT IN ('a',)", [['attribute', 'run_id', 'NOT IN', ['a']]]],
    ['tags.x IS NULL AND params.y IS NOT NULL', [['tag', 'x', 'IS NULL', null], ['param', 'y', 'IS NOT NULL', null]]],
    ["dataset.context = 'train'", [['dataset', 'context', '=', 'train']]],
    ["tags.a = 'it''s'", [['tag', 'a', '=', "it's"]]],
    ["tags.a = ''", [['tag', 'a', '=', '']]],
    ["tags.a = ' AND OR ; -- DROP TABLE x'", [['tag', 'a', '=', ' AND OR ; -- DROP TABLE x']]],
  ])('reads %p', (filter, expected) => {
    expect(parse(filter).map(short)).toEqual(expected);
  }); // prettier-ignore

  it.each([
    "name = 'x' OR name = 'y'",
    "tags.a = 'x'; DROP TABLE tracking_run",
    "tags.a = 'x' -- comment",
    "tags.a = 'x' OR 1 = 1",
    "tags.a = 'x' UNION SELECT 1",
    "tags.a = 'x",
    "tags.a = x",
    'tags.a = 1',
    "metrics.a = '1'",
    'metrics.a LIKE 1',
    "params.a > '1'",
    'metrics.a IS NULL',
    "secrets.a = 'x'",
    "constructor.name = 'x'",
    "__proto__ = 'x'",
    "password = 'x'",
    "dataset.source = 'x'",
    "status IN ()",
    "status IN ('a'",
    "status = ('a')",
    "status NOT LIKE 'a'",
    'metrics.loss < ',
    'metrics. < 1',
    'AND',
    "= 'x'",
    '((((',
    "1 = 1",
    "status = 'a' AND",
    "status = 'a' status = 'b'",
    'metrics.a > 1; ',
    'metrics.a > 1e',
  ])('refuses %p', (filter) => {
    expect(() => parse(filter)).toThrow(InvalidParameterError);
  }); // prettier-ignore

  it('says where it goes wrong and what it expected', () => {
    expect(() => parse("metrics.a > 1 OR tags.b = 'x'")).toThrow(/character 13: expected AND, found "OR"/);
  });

  it('reads back whatever is quoted, and reads anything in linear time', () => {
    const quote = (text: string, mark: string) => `${mark}${text.replaceAll(mark, mark + mark)}${mark}`;
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(text.filter(Boolean), text, (key, value) => {
        const [comparison] = parse(`tags.${quote(key, '`')} = ${quote(value, "'")}`);
        expect(short(comparison)).toEqual(['tag', key, '=', value]);
      }),
    );
  });

  it('takes any text for a filter or refuses it as a wrong parameter, and nothing else', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(
        fc.constantFrom('tags.a', 'metrics.', '`', "'", '"', '=', '!=', 'IN', '(', ')', ',', ' AND ', ' 1 ', 'IS', 'NULL'),
      ).map((parts) => parts.join('')),
    ); // prettier-ignore
    fc.assert(
      fc.property(anything, (filter) => {
        try {
          parse(filter);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidParameterError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a filter without end', "tags.a = 'x' AND ".repeat(100_000)],
    ['201 conditions', Array.from({ length: 201 }, () => "tags.a = 'x'").join(' AND ')],
    ['a quote that never closes', `tags.a = '${'x'.repeat(190_000)}`],
  ])('refuses %s in no time', (_, filter) => {
    const began = performance.now();
    expect(() => parse(filter)).toThrow(InvalidParameterError);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('compileFilter', () => {
  const table = { from: 't k', where: 'k.run_id = r.id' };
  const columns = Object.fromEntries(
    Object.values(RUN_VOCABULARY.attributes).map(({ name }) => [name, 'r.x']),
  );
  const schema: SearchSchema = { columns, metric: table, param: table, tag: table, dataset: table };
  const compile = (filter: string) => {
    const parameters = new SqlParameters();
    return { sql: compileFilter(parse(filter), schema, parameters), values: parameters.values };
  };

  it('puts keys and values into parameters', () => {
    expect(compile("tags.site = 'lab' AND run_id IN ('a')")).toEqual({
      sql: "(EXISTS (SELECT 1 FROM t k WHERE k.run_id = r.id AND key = $1 AND value = $2::text)) AND (r.x = ANY($3::text[]))",
      values: ['site', 'lab', ['a']],
    }); // prettier-ignore
  });

  it('makes the same SQL of filters that differ in keys and values alone', () => {
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll(/[\0'`]/g, '"'));
    const operator = fc.constantFrom('=', '!=', 'LIKE', 'ILIKE', 'IN');
    fc.assert(
      fc.property(text.filter(Boolean), text, operator, (key, value, sign) => {
        const filter = (k: string, v: string) =>
          `params.\`${k}\` ${sign} ${sign === 'IN' ? `('${v}')` : `'${v}'`}`;
        expect(compile(filter(key, value)).sql).toBe(compile(filter('k', 'v')).sql);
      }),
    );
  });

  it('lets absent keys count as a value where the schema says so', () => {
    const parameters = new SqlParameters();
    const promptless = { ...schema, tag: { ...table, absent: { is_prompt: 'false' } } };
    compileFilter(parse("tags.is_prompt != 'true'"), promptless, parameters);
    expect(parameters.values).toEqual(['is_prompt', 'false', 'true']);
  });
});

describe('parseOrder', () => {
  it.each([
    ['start_time', 'attribute', 'start_time', true],
    ['attributes.start_time DESC', 'attribute', 'start_time', false],
    ['metrics.`val loss` asc', 'metric', 'val loss', true],
    ['params."lr" desc', 'param', 'lr', false],
    ['tags.a', 'tag', 'a', true],
  ])('reads %p', (order, kind, key, ascending) => {
    expect(parseOrder(order, RUN_VOCABULARY)).toMatchObject({ field: { kind, key }, ascending });
  });

  it.each([
    '',
    'start_time DOWN',
    'start_time; DROP TABLE x',
    'nothing',
    'dataset.name',
    'start_time ASC, run_id',
    '1',
  ])('refuses %p', (order) => expect(() => parseOrder(order, RUN_VOCABULARY)).toThrow(InvalidParameterError));
});
