import { describeHost } from '@thorax/registry';
import { evidenceDocument, EvidenceDocument, SyntheticEvaluation } from '@thorax/registry/testing';
import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { call } from '../../testing/http.client';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(120_000);

interface Run {
  readonly id: string;
  readonly standing: string;
  readonly code?: string;
  readonly detail?: string;
  readonly asked_by: string;
  readonly report: { readonly decision: string; readonly checks: readonly unknown[] };
}

const model = 'chest detector';
const runsOf = (version: number) =>
  `/api/v1/models/${encodeURIComponent(model)}/versions/${version}/gate-runs`;
const asTrainer = { 'X-Thorax-Actor': 'A. Trainer' };
const latency = {
  host: describeHost(),
  samples_ms: Array.from({ length: 200 }, (_, index) => 50 + (index % 100)),
};

describe('gate runs over HTTP', () => {
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication({ THORAX_ROLES: 'http', REGISTRY_GATES: 'require' });
    await mlflow('registered-models/create', { name: model });
    for (const _ of [1, 2])
      await mlflow('model-versions/create', { name: model, source: 's3://bucket/model' });
  });
  afterAll(async () => {
    await app?.stop();
  });

  const send = <T = Run>(path: string, body: unknown, headers: Record<string, string> = {}) =>
    call<T>(`${app.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const mlflow = (path: string, body: unknown) =>
    send<Record<string, unknown>>(`/api/2.0/mlflow/${path}`, body);
  const toCanary = (version: number) =>
    mlflow('model-versions/transition-stage', { name: model, version: String(version), stage: 'Canary' });
  const evidence = (evaluation: Partial<SyntheticEvaluation> = {}, parts: Partial<EvidenceDocument> = {}) =>
    evidenceDocument(
      { images: 900, ...evaluation },
      { model: { name: model, version: 1 }, latency, ...parts },
    );

  it('promote nothing that was not evaluated', async () => {
    expect(await toCanary(1)).toMatchObject({
      status: 409,
      body: { error_code: 'RESOURCE_CONFLICT', message: expect.stringContaining('has no gate run') },
    });
  });

  it('judge evidence, answer it again by its key, and show the report as JSON and for people', async () => {
    const headers = { ...asTrainer, 'Idempotency-Key': 'one' };
    const first = await send(runsOf(1), { candidate: evidence() }, headers);
    expect(first).toMatchObject({
      status: 201,
      body: { standing: 'passed', asked_by: 'A. Trainer', report: { decision: 'pass' } },
    });
    expect((await send(runsOf(1), { candidate: evidence() }, headers)).body.id).toBe(first.body.id);
    const address = `${app.url}${first.headers.get('location')}`;
    expect((await call<Run>(address)).body).toEqual(first.body);
    const page = await fetch(address, { headers: { Accept: 'text/markdown' } });
    expect(page.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await page.text()).toMatch(/^# Gate of chest detector, version 1: pass\n/);
    expect(await toCanary(1)).toMatchObject({ status: 200 });
  });

  it('let one of two persons at once approve, never the one who asked, nor nobody', async () => {
    const rare = evidence({ rarity: 60 }, { model: { name: model, version: 2 } });
    const { body: run } = await send(runsOf(2), { candidate: rare }, asTrainer);
    expect(run.standing).toBe('awaiting-approval');
    expect(await toCanary(2)).toMatchObject({ status: 409 });
    const say = (actor: Record<string, string>) =>
      send(`${runsOf(2)}/${run.id}/approvals`, { verdict: 'approve', reason: 'Seen.' }, actor);
    for (const actor of [asTrainer, {}] as Record<string, string>[]) {
      expect(await say(actor)).toMatchObject({ status: 409, body: { code: 'APPROVAL_REFUSED' } });
    }
    const answers = await Promise.all([
      say({ 'X-Thorax-Actor': 'B. Chief' }),
      say({ 'X-Thorax-Actor': 'C. Chief' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await toCanary(2)).toMatchObject({ status: 200 });
  });

  it('take evidence that is larger than other requests may be, and answer health meanwhile', async () => {
    const large = evidence({
      images: 12_000,
      classes: ['Nodule/Mass', 'Pneumothorax', 'ILD', 'Cardiomegaly'],
    });
    expect(JSON.stringify(large).length).toBeGreaterThan(1_100_000);
    const judging = send(runsOf(1), { candidate: large }, asTrainer);
    let [done, slowestMs] = [false, 0];
    void judging.then(() => (done = true));
    while (!done) {
      const began = performance.now();
      await fetch(`${app.url}/health/live`);
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
    expect((await judging).status).toBe(201);
    expect(slowestMs).toBeLessThan(2_000);
  });

  it.each<[string, number, string, () => unknown, string?, Record<string, string>?]>([
    ['no JSON', 400, 'INVALID_REQUEST', () => '{'],
    ['a list', 400, 'INVALID_EVALUATION_EVIDENCE', () => []],
    ['no candidate', 400, 'INVALID_EVALUATION_EVIDENCE', () => ({})],
    ['a score of NaN', 400, 'INVALID_EVALUATION_EVIDENCE', () => ({ candidate: { ...evidence(), images: [{ id: 'a', findings: [{ class: 0, truths: 1, scores: [NaN], matched: [1] }] }] } })],
    ['another model', 422, 'EVIDENCE_MISMATCH', () => ({ candidate: evidence({}, { model: { name: 'other', version: 1 } }) })],
    ['another version', 422, 'EVIDENCE_MISMATCH', () => ({ candidate: evidence({}, { model: { name: model, version: 2 } }) })],
    ['an incumbent that is not in Production', 422, 'EVIDENCE_MISMATCH', () => ({ candidate: evidence(), incumbent: evidence({}, { model: { name: model, version: 2 } }) })],
    ['an unknown version', 404, 'RESOURCE_NOT_FOUND', () => ({ candidate: evidence() }), runsOf(9)],
    ['a version that is no number', 400, 'INVALID_PARAMETER', () => ({ candidate: evidence() }), runsOf(1).replace('/1/', '/one/')],
    ['a key of spaces', 400, 'INVALID_IDEMPOTENCY_KEY', () => ({ candidate: evidence() }), undefined, { 'Idempotency-Key': 'a b' }],
    ['a key of other evidence', 409, 'IDEMPOTENCY_KEY_REUSED', () => ({ candidate: evidence({ sensitivity: 0.5 }) }), undefined, { 'Idempotency-Key': 'one' }],
    ['a name that pretends to be none', 400, 'INVALID_PARAMETER', () => ({ candidate: evidence() }), undefined, { 'X-Thorax-Actor': 'Anonymous (me)' }],
    ['an approval of nothing', 404, 'RESOURCE_NOT_FOUND', () => ({ verdict: 'approve', reason: 'x' }), `${runsOf(1)}/00000000-0000-4000-8000-000000000000/approvals`],
    ['an approval without a reason', 400, 'INVALID_REQUEST', () => ({ verdict: 'approve', reason: '' }), `${runsOf(1)}/00000000-0000-4000-8000-000000000000/approvals`],
  ])('answer %s with a problem', async (_, status, code, body, path = runsOf(1), headers = {}) => {
    const answer = await send(path, body(), headers);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body.detail!.length).toBeLessThan(600);
  }); // prettier-ignore

  it('refuse more than a body may hold before it comes', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': String(33 * 1024 * 1024) };
    const sent = request(`${app.url}${runsOf(1)}`, { method: 'POST', headers });
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    expect(await json(answer)).toMatchObject({ code: 'BODY_TOO_LARGE' });
    sent.destroy();
  });
});
