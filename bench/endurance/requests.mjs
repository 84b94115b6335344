import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireOfApi, requireOfInference } from '../inference/workspace.mjs';
import { formUpload } from '../inference/load/upload.mjs';

const { drawPhantom, encodePhantomDicom, readRadiograph } = requireOfApi('@thorax/radiograph');
const sharp = requireOfApi('sharp');
const { tinyDetectorOnnx } = requireOfInference('@thorax/inference/testing');

/** Pixels of the tiny detector's input. */
const SIDE = 64;

/** A real ONNX detector of a few kilobytes, so that what surrounds the model is what is measured. */
export async function writeTinyModel(folder) {
  const path = join(folder, 'model.onnx');
  await writeFile(path, tinyDetectorOnnx({ inputSize: SIDE }));
  return path;
}

/** `count` phantoms of `side` pixels as uploads, JPEG, PNG and DICOM in turn. */
export async function phantomUploads(count, side) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const film = drawPhantom({ seed: index + 1, width: side, height: side });
      const kind = ['jpeg', 'png', 'dicom'][index % 3];
      const dicom = encodePhantomDicom(film);
      const bytes = kind === 'dicom' ? dicom : await asPicture(dicom, kind);
      return formUpload({ file: `phantom.${kind}`, bytes: Buffer.from(bytes), stampAt: 0 });
    }),
  );
}

async function asPicture(dicom, kind) {
  const { image } = await readRadiograph(dicom);
  const { width, height, pixels } = image;
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .toFormat(kind)
    .toBuffer();
}

/** A tensor for the Open Inference Protocol, binary. */
export function tensorRequest(model) {
  const elements = 3 * SIDE * SIDE;
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'images',
          shape: [1, 3, SIDE, SIDE],
          datatype: 'FP32',
          parameters: { binary_data_size: elements * 4 },
        },
      ],
      parameters: { binary_data_output: true },
    }),
  );
  return {
    path: `/v2/models/${model}/infer`,
    type: 'application/octet-stream',
    headers: { 'inference-header-content-length': head.length },
    body: Buffer.concat([head, Buffer.alloc(elements * 4)]),
  };
}
