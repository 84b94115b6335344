import { startPeer } from './peer.mjs';
import { startThorax } from './thorax.mjs';
import { formUpload, protocolUpload } from '../load/upload.mjs';

/**
 * Who is measured. `start(model, workers)` resolves with a running server: its `url`, `pid` and `stop`.
 * `upload(film)` is a request it understands.
 */
export const CONTESTANTS = [
  { name: 'thorax', title: 'Thorax', start: startThorax, upload: formUpload },
  {
    name: 'thorax-prepared',
    title: 'Thorax, prepared graph',
    start: (model, workers) => startThorax(model, workers, { MODEL_PREPARATION: 'on' }),
    upload: formUpload,
  },
  peer('fastapi', 'FastAPI + ONNX Runtime', { ready: '/docs' }),
  peer('litserve', 'LitServe', { ready: '/health' }),
  peer('bentoml', 'BentoML', {
    ready: '/readyz',
    program: 'bin/bentoml',
    args: (_model, port) => [
      'serve',
      'bentoml_server:DetectorService',
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
    ],
  }),
  peer('ray', 'Ray Serve', { ready: '/-/healthz' }),
  {
    ...peer('mlserver', 'MLServer', { ready: '/v2/models/detector/ready' }),
    upload: (film) => protocolUpload(film, 'detector'),
  },
];

/** A Python server of `peers/`; by default `python NAME_server.py MODEL PORT WORKERS`. `ready` answers when it is. */
function peer(name, title, { ready, program = 'bin/python', args }) {
  const usual = (model, port, workers) => [`${name}_server.py`, model, port, workers].map(String);
  return {
    name,
    title,
    upload: formUpload,
    environment: name,
    start: (model, workers) => startPeer({ name, ready, program, args: args ?? usual }, model, workers),
  };
}
