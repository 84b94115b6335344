import { createHash } from 'node:crypto';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { drawPhantom, encodePhantomDicom } from '@thorax/radiograph';
import { dicomFile, jpegFile, pngFile } from '@thorax/radiograph/testing';
import sharp from 'sharp';
import { call, form, post, put } from '../../testing/http.client';
import { RunningApplication, startApplication } from '../../testing/start-application';
import { Problem } from '../problem/problem';
import { BatchDto, PredictionDto, PredictionPageDto } from './prediction.dto';

jest.setTimeout(120_000);

/** Finds one Cardiomegaly at (16, 16)–(48, 48) of every 64 × 64 input, surer the brighter the film. */
const planted = {
  inputSize: 64,
  findings: [{ box: { xMin: 16, yMin: 16, xMax: 48, yMax: 48 }, classIndex: 3, confidence: 0.5 }],
  scoreFollowsBrightness: true,
} as const;

const uniform = (gray: number, width = 64, height = 64) =>
  pngFile({ width, height, samples: new Uint8Array(width * height).fill(gray) });

describe('predictions over HTTP', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  const url = (path: string) => app.url + path;

  beforeAll(async () => {
    model = await modelFolder(planted, 'model:\n  name: tiny\n  version: "7"\n');
    app = await startApplication({ MODEL_PATH: model.modelPath, MAX_WORKERS: '2' });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  describe('POST /predict', () => {
    it('answers findings with boxes in fractions of the original image', async () => {
      const png = await uniform(51, 128, 64);
      const { status, body } = await post<PredictionDto>(url('/predict'), form('file', png));
      expect(status).toBe(200);
      expect(body.model).toEqual({ name: 'tiny', version: '7' });
      expect(body.image).toEqual({ sha256: sha256(png), width: 128, height: 64, source: 'png' });
      expect(body.inference_time).toBeGreaterThan(0);
      const [{ class: name, confidence, bbox }] = body.predictions;
      expect(name).toBe('Cardiomegaly');
      expect(confidence).toBeGreaterThan(0.5);
      // 128 × 64 is halved into the 64 × 64 input with 16 rows of padding above and below.
      expect(bbox.map((edge) => edge.toFixed(3))).toEqual(['0.250', '0.000', '0.750', '1.000']);
    });

    it('says where its time went, and why its batch was as it was', async () => {
      const { headers } = await post<PredictionDto>(url('/predict'), form('file', await uniform(33)));
      expect(headers.get('server-timing')).toMatch(
        /^queue;dur=[\d.]+, .*run;dur=[\d.]+, .*batch;desc="alone, size 1"$/,
      );
    });

    it('refuses at once whoever does not want to wait for as long as the queue is', async () => {
      const impatient = {
        method: 'POST',
        body: form('file', await uniform(34)),
        headers: { Prefer: 'wait=0' },
      };
      const { status, headers, body } = await call<Problem>(url('/predict'), impatient);
      expect(status).toBe(503);
      expect(body.code).toBe('DEADLINE_UNREACHABLE');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('reads JPEG and DICOM as it reads PNG', async () => {
      const phantom = drawPhantom({ seed: 5, width: 128, height: 128 });
      for (const [file, source] of [
        [await jpegFile({ width: 64, height: 64 }), 'jpeg'],
        [encodePhantomDicom(phantom, { photometricInterpretation: 'MONOCHROME1' }), 'dicom'],
        [dicomFile(), 'dicom'],
      ] as const) {
        const { status, body } = await post<PredictionDto>(url('/predict'), form('file', file));
        expect(status).toBe(200);
        expect(body.image.source).toBe(source);
      }
    });

    it('gives the same bytes the same id, once in the list', async () => {
      const png = await uniform(77);
      const first = await post<PredictionDto>(url('/predict'), form('file', png));
      const again = await post<PredictionDto>(url('/api/v1/predictions'), form('file', png));
      expect(again.body.id).toBe(first.body.id);
      expect(again.body.created_at).toBe(first.body.created_at);
      const { body } = await call<PredictionPageDto>(url('/api/v1/predictions?page_size=200'));
      expect(body.items.filter(({ id }) => id === first.body.id)).toHaveLength(1);
    });
  });

  describe('POST /predict/batch', () => {
    it('answers one entry a file, in order, each a result or its own problem', async () => {
      const files = [await uniform(10), 'this is text', await uniform(20), new Uint8Array()];
      const { status, body } = await post<BatchDto>(url('/predict/batch'), form('files', ...files));
      expect(status).toBe(200);
      expect(body.results.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect(body.results.map(({ prediction }) => prediction?.image.sha256)).toEqual([
        sha256(files[0]),
        undefined,
        sha256(files[2]),
        undefined,
      ]);
      expect(body.results.map(({ problem }) => problem?.code)).toEqual([
        undefined,
        'UNSUPPORTED_IMAGE_FORMAT',
        undefined,
        'EMPTY_IMAGE',
      ]);
    });

    it('gives each image of a large batch its own answer', async () => {
      const grays = Array.from({ length: 40 }, (_, index) => 3 * index);
      const files = await Promise.all(grays.map((gray) => uniform(gray)));
      const { body } = await post<BatchDto>(url('/api/v1/predictions/batch'), form('files', ...files));
      const confidences = body.results.map(({ prediction }) => prediction!.predictions[0].confidence);
      expect(confidences).toEqual([...confidences].sort((a, b) => a - b));
      expect(new Set(confidences).size).toBe(files.length);
    });
  });

  describe('the prediction as a resource', () => {
    let prediction: PredictionDto;
    beforeAll(async () => {
      const created = await post<PredictionDto>(
        url('/api/v1/predictions'),
        form('file', await uniform(100, 96, 64)),
      );
      expect(created.status).toBe(201);
      expect(created.headers.get('location')).toBe(`/api/v1/predictions/${created.body.id}`);
      prediction = created.body;
    });

    it('is there under its id, as it was answered', async () => {
      const { body } = await call<PredictionDto>(url(`/api/v1/predictions/${prediction.id}`));
      expect({ ...body, inference_time: 0 }).toEqual({ ...prediction, inference_time: 0 });
    });

    it('shows its image as a grayscale PNG', async () => {
      const response = await fetch(url(`/api/v1/predictions/${prediction.id}/image`));
      expect(response.headers.get('content-type')).toBe('image/png');
      const { data, info } = await sharp(Buffer.from(await response.arrayBuffer()))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([96, 64]);
      expect(data.every((gray) => gray === 100)).toBe(true);
    });

    it('shows its findings drawn on the image, above the confidence asked for', async () => {
      const coloured = async (query: string) => {
        const response = await fetch(url(`/api/v1/predictions/${prediction.id}/overlay${query}`));
        const { channels } = await sharp(Buffer.from(await response.arrayBuffer())).stats();
        return channels[0].mean !== channels[2].mean;
      };
      expect(await coloured('')).toBe(true);
      expect(await coloured('?min_confidence=1')).toBe(false);
    });

    it('is flagged for review, keeps the flag, and loses it again', async () => {
      const path = url(`/api/v1/predictions/${prediction.id}/review-flag`);
      const flagged = await put<PredictionDto>(path, { flagged: true, comment: 'apex' });
      expect(flagged.body.review_flag).toEqual({
        flagged: true,
        comment: 'apex',
        flagged_at: expect.any(String),
      });
      const listed = await call<PredictionPageDto>(url('/api/v1/predictions?flagged=true'));
      expect(listed.body.items.map(({ id }) => id)).toEqual([prediction.id]);
      const cleared = await put<PredictionDto>(path, { flagged: false });
      expect(cleared.body.review_flag).toEqual({ flagged: false, comment: null, flagged_at: null });
    });

    it.each([
      ['GET', ''],
      ['GET', '/image'],
      ['GET', '/overlay'],
      ['PUT', '/review-flag'],
    ])('is a 404 problem for %s of an unknown id %s', async (method, path) => {
      const { status, headers, body } = await call<Problem>(
        url(`/api/v1/predictions/01234567-89ab-8cde-8123-456789abcdef${path}`),
        method === 'PUT'
          ? { method, body: '{"flagged":true}', headers: { 'Content-Type': 'application/json' } }
          : { method },
      );
      expect(status).toBe(404);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body.code).toBe('PREDICTION_NOT_FOUND');
    });
  });

  describe('GET /api/v1/predictions', () => {
    it('pages, newest first', async () => {
      const all = await call<PredictionPageDto>(url('/api/v1/predictions?page_size=200'));
      const times = all.body.items.map(({ created_at }) => created_at);
      expect(times).toEqual([...times].sort().reverse());
      expect(all.body.total).toBe(all.body.items.length);
      const second = await call<PredictionPageDto>(url('/api/v1/predictions?page=2&page_size=5'));
      expect(second.body.items.map(({ id }) => id)).toEqual(all.body.items.slice(5, 10).map(({ id }) => id));
      expect(second.body).toMatchObject({ page: 2, page_size: 5, total: all.body.total });
    });

    it.each([
      ['class=Cardiomegaly', (total: number, all: number) => total === all],
      ['class=Pneumothorax', (total: number) => total === 0],
      ['min_confidence=0.9', (total: number, all: number) => total > 0 && total < all],
      ['class=Cardiomegaly&min_confidence=0.9', (total: number, all: number) => total > 0 && total < all],
      ['class=Pneumothorax&min_confidence=0.1', (total: number) => total === 0],
      ['source=dicom', (total: number) => total === 2],
      ['model_version=7', (total: number, all: number) => total === all],
      ['model_version=8', (total: number) => total === 0],
      ['to=2020-01-01T00:00:00Z', (total: number) => total === 0],
      ['from=2020-01-01T00:00:00Z', (total: number, all: number) => total === all],
    ])('filters by %s', async (query, holds) => {
      const all = (await call<PredictionPageDto>(url('/api/v1/predictions'))).body.total;
      const { body } = await call<PredictionPageDto>(url(`/api/v1/predictions?${query}`));
      expect(holds(body.total, all)).toBe(true);
    });

    it.each([
      'page=0',
      'page_size=201',
      'min_confidence=2',
      'source=tiff',
      'flagged=maybe',
      'from=someday',
      'x=1',
    ])('refuses ?%s', async (query) => {
      const { status, body } = await call<Problem>(url(`/api/v1/predictions?${query}`));
      expect(status).toBe(400);
      expect(body.code).toBe('INVALID_REQUEST');
    });
  });

  it('counts what it predicted on and what it refused', async () => {
    const metrics = await (await fetch(url('/metrics'))).text();
    expect(metrics).toMatch(/^thorax_predictions_total\{source="dicom"\} 2$/m);
    expect(metrics).toMatch(/^thorax_prediction_failures_total\{code="UNSUPPORTED_IMAGE_FORMAT"\} 1$/m);
    expect(metrics).toMatch(/^thorax_findings_total\{class="Cardiomegaly"\} \d+$/m);
    expect(metrics).toMatch(/^thorax_prediction_stage_duration_seconds_count\{stage="run"\} \d+$/m);
  });
});

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
