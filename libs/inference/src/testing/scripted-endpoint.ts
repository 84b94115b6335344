import { OutputTensor } from '../model-runner';
import { FaultKind, RemoteFault } from '../remote/remote-fault';
import { RemoteEndpoint } from '../remote/remote.endpoint';
import { ServedModel } from '../remote/served-model';

/** What an endpoint does with a request: a fault of this kind, nothing ever, or an answer. */
export type Behaviour = FaultKind | 'hang' | 'answer';

/** An endpoint without a server, on which work does what the test says. */
export class ScriptedEndpoint implements RemoteEndpoint {
  /** Requests it got. */
  calls = 0;
  probes = 0;
  closed = false;
  ready = true;
  /** Asked at each request. */
  behave: () => Behaviour = () => 'answer';

  constructor(readonly label: string) {}

  async isReady(): Promise<boolean> {
    this.probes++;
    return this.ready;
  }

  describe(): Promise<ServedModel> {
    throw new Error('not scripted');
  }

  infer(): Promise<OutputTensor[]> {
    throw new Error('not scripted');
  }

  close(): void {
    this.closed = true;
  }

  /** The work of a test: resolves with the endpoint's own label. */
  async serve(): Promise<string> {
    this.calls++;
    const behaviour = this.behave();
    if (behaviour === 'hang') return new Promise(() => undefined);
    if (behaviour !== 'answer') throw new RemoteFault(behaviour, `${this.label} was told to`);
    return this.label;
  }
}
