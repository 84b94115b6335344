import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawPhantom, encodePhantomDicom } from '@thorax/radiograph';
import { existsSync } from 'node:fs';
import { Detector } from './detector';

jest.setTimeout(180_000);

const modelPath = join(__dirname, '../../../models/demonstration/model.onnx');
const suite = existsSync(modelPath) ? describe : describe.skip;

suite('a detector with a prepared graph (needs models/demonstration/model.onnx)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thorax-prepared-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const films = [3, 5, 9].map((seed) =>
    encodePhantomDicom(drawPhantom({ seed, width: 512, height: 512 }), {
      photometricInterpretation: 'MONOCHROME2',
    }),
  );

  async function answersOf(preparedFolder?: string) {
    const detector = Detector.create({ modelPath, preparedFolder, workers: 1 });
    expect((await detector.whenSettled()).status).toBe('ready');
    const detections = await Promise.all(films.map((film) => detector.detect(film)));
    const { state, signature } = detector;
    const { inputWidth, inputHeight } =
      state.status === 'ready' ? state.model : { inputWidth: 0, inputHeight: 0 };
    const raw = await detector.infer({
      type: 'float32',
      dims: [1, 3, inputHeight, inputWidth],
      data: new Float32Array(3 * inputHeight * inputWidth).fill(0.5),
    });
    await detector.close();
    return { detections, raw, signature };
  }

  it('finds what the stock graph finds, and keeps raw tensors as their senders know them', async () => {
    const stock = await answersOf();
    const prepared = await answersOf(folder);
    expect(await readdir(folder)).not.toEqual([]);
    stock.detections.forEach(({ findings }, index) => {
      const found = prepared.detections[index]!.findings;
      expect(found.map((finding) => finding.class)).toEqual(findings.map((finding) => finding.class));
      findings.forEach(({ confidence, box }, place) => {
        expect(Math.abs(found[place]!.confidence - confidence)).toBeLessThan(1e-3);
        expect(Math.abs(found[place]!.box.xMin - box.xMin)).toBeLessThan(0.5);
      });
    });
    expect(stock.detections.some(({ findings }) => findings.length > 0)).toBe(true);
    expect(prepared.signature).toEqual(stock.signature);
    expect(prepared.raw.outputs).toEqual(stock.raw.outputs);
  });

  it('finds its prepared graph again', async () => {
    const files = await readdir(folder);
    await answersOf(folder);
    expect(await readdir(folder)).toEqual(files);
  });
});
