import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import {
  dicomFile,
  hostileDicom,
  jpegFile,
  pngBombHeader,
  pngDecompressionBomb,
  pngFile,
} from '@thorax/radiograph/testing';
import { form, post } from '../../testing/http.client';
import { peakResidentBytes, resetPeakResidentBytes, residentBytes } from '../../testing/process-memory';
import { RunningApplication, startApplication } from '../../testing/start-application';
import { Problem } from '../problem/problem';

jest.setTimeout(120_000);

const text = (content: string) => new TextEncoder().encode(content);
const truncated = async (file: Promise<Uint8Array>) =>
  (await file).slice(0, -Math.floor((await file).length / 3));
const large = { width: 600, height: 600, channels: 3 } as const;

interface BadInput {
  readonly name: string;
  readonly send: () => Promise<FormData> | FormData;
  readonly status: number;
  readonly code: string;
  readonly path?: string;
}

const file = (bytes: Uint8Array) => form('file', bytes);

const badInputs: BadInput[] = [
  { name: 'no file', send: () => new FormData(), status: 400, code: 'FILE_MISSING' },
  {
    name: 'a form without files',
    send: () => {
      const body = new FormData();
      body.append('note', 'no image');
      return body;
    },
    status: 400,
    code: 'FILE_MISSING',
  },
  {
    name: 'a wrong field',
    send: async () => form('image', await pngFile()),
    status: 400,
    code: 'UNEXPECTED_FIELD',
  },
  { name: '0 bytes', send: () => file(new Uint8Array()), status: 400, code: 'EMPTY_IMAGE' },
  {
    name: 'text named .jpg',
    send: () => file(text('not an image')),
    status: 415,
    code: 'UNSUPPORTED_IMAGE_FORMAT',
  },
  {
    name: 'a truncated JPEG',
    send: async () => file(await truncated(jpegFile(large))),
    status: 400,
    code: 'CORRUPT_IMAGE',
  },
  {
    name: 'a truncated PNG',
    send: async () => file(await truncated(pngFile(large))),
    status: 400,
    code: 'CORRUPT_IMAGE',
  },
  {
    name: 'a truncated DICOM',
    send: () => file(hostileDicom.truncated()),
    status: 400,
    code: 'CORRUPT_IMAGE',
  },
  {
    name: 'SVG',
    send: () => file(text('<svg xmlns="http://www.w3.org/2000/svg"/>')),
    status: 415,
    code: 'UNSUPPORTED_IMAGE_FORMAT',
  },
  {
    name: 'TIFF',
    send: () => file(text('II*\0\x08\0\0\0\0\0')),
    status: 415,
    code: 'UNSUPPORTED_IMAGE_FORMAT',
  },
  {
    name: 'GIF',
    send: () => file(text('GIF89a\x01\0\x01\0')),
    status: 415,
    code: 'UNSUPPORTED_IMAGE_FORMAT',
  },
  {
    name: 'a PNG header of 60,000 × 60,000',
    send: () => file(pngBombHeader()),
    status: 413,
    code: 'IMAGE_TOO_LARGE',
  },
  {
    name: 'a decompression bomb',
    send: () => file(pngDecompressionBomb()),
    status: 413,
    code: 'IMAGE_TOO_LARGE',
  },
  {
    name: 'a deflated DICOM bomb',
    send: () => file(hostileDicom.deflateBomb()),
    status: 413,
    code: 'IMAGE_TOO_LARGE',
  },
  {
    name: 'DICOM with a 2 GB length',
    send: () => file(hostileDicom.twoGigabyteLength()),
    status: 400,
    code: 'CORRUPT_IMAGE',
  },
  {
    name: '20,000 nested sequences',
    send: () => file(hostileDicom.nestedSequences()),
    status: 400,
    code: 'CORRUPT_IMAGE',
  },
  {
    name: 'Rows = Columns = 65535 without pixels',
    send: () => file(hostileDicom.hugeWithoutPixels()),
    status: 413,
    code: 'IMAGE_TOO_LARGE',
  },
  {
    name: 'a lateral view',
    send: () => file(dicomFile({ attributes: { ViewPosition: 'LL' } })),
    status: 422,
    code: 'NOT_A_FRONTAL_CHEST_RADIOGRAPH',
  },
  {
    name: 'CT',
    send: () => file(dicomFile({ attributes: { Modality: 'CT' } })),
    status: 422,
    code: 'NOT_A_FRONTAL_CHEST_RADIOGRAPH',
  },
  {
    name: 'a body over the limit',
    send: () => file(new Uint8Array(3 * 1024 * 1024)),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    name: 'two files where one is expected',
    send: async () => form('file', await pngFile(), await pngFile()),
    status: 413,
    code: 'TOO_MANY_FILES',
  },
  {
    name: 'a batch of 65',
    send: async () => form('files', ...Array<Uint8Array>(65).fill(await pngFile())),
    status: 413,
    code: 'TOO_MANY_FILES',
    path: '/predict/batch',
  },
];

describe('bad input', () => {
  const megabyte = 1024 * 1024;
  let model: ModelFolder;
  let app: RunningApplication;

  beforeAll(async () => {
    model = await modelFolder();
    app = await startApplication({
      MODEL_PATH: model.modelPath,
      MAX_WORKERS: '2',
      MAX_IMAGE_BYTES: String(2 * megabyte),
    });
    await post(`${app.url}/predict`, form('file', await pngFile()));
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  it.each(badInputs)(
    '$name: a $status problem, fast, in little memory, and the next request works',
    async (bad) => {
      const body = await bad.send();
      const before = residentBytes(app.pid);
      resetPeakResidentBytes(app.pid);
      const started = performance.now();
      const answer = await post<Problem>(app.url + (bad.path ?? '/predict'), body);
      const elapsedMs = performance.now() - started;

      expect(answer.body).toMatchObject({ status: bad.status, code: bad.code });
      expect(answer.status).toBe(bad.status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body.detail).not.toBe('');
      expect(answer.body.remedy).not.toBe('');
      expect(elapsedMs).toBeLessThan(2_000);
      expect(peakResidentBytes(app.pid) - before).toBeLessThan(200 * megabyte);

      const next = await post(`${app.url}/predict`, form('file', await pngFile()));
      expect(next.status).toBe(200);
    },
  );

  it('says every reason why an image is not judged', async () => {
    const ct = dicomFile({ attributes: { Modality: 'CT', ViewPosition: 'LL' } });
    const { body } = await post<Problem>(`${app.url}/predict`, file(ct));
    expect(body.reasons!.length).toBeGreaterThanOrEqual(2);
  });

  it('keeps nothing of what it refused', async () => {
    const { total } = (await (await fetch(`${app.url}/api/v1/predictions`)).json()) as { total: number };
    expect(total).toBe(1);
  });

  it('answers a broken multipart body', async () => {
    const response = await fetch(`${app.url}/predict`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as Problem).code).toBe('MALFORMED_MULTIPART');
  });
});
