import { ModelRunner } from '../model-runner';
import { describeModelRunner } from '../testing/describe-model-runner';
import { ModelServer, ServedDocuments, serveGrpc, serveHttp } from '../testing/open-inference.servers';
import { openRemoteModel } from './remote.model-runner';

jest.setTimeout(30_000);

type Serve = (onnx: Uint8Array, overrides?: Partial<ServedDocuments>) => Promise<ModelServer>;

/** A runner that takes its server with it. */
const openOn =
  (serve: Serve, overrides: Partial<ServedDocuments> = {}) =>
  async (onnx: Uint8Array): Promise<ModelRunner> => {
    const server = await serve(onnx, overrides);
    const { runner } = await openRemoteModel({ endpoints: [server.url], modelName: 'tiny' });
    return {
      signature: runner.signature,
      run: (input) => runner.run(input),
      close: async () => {
        await runner.close();
        await server.close();
      },
    };
  };

describeModelRunner('a server over HTTP', openOn(serveHttp));
describeModelRunner('a server over HTTP that knows JSON alone', openOn(serveHttp, { binary: false }));
describeModelRunner('a server over gRPC', openOn(serveGrpc));
describeModelRunner('a server over gRPC that answers typed', openOn(serveGrpc, { binary: false }));
