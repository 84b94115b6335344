import {
  ServerInterceptingCall,
  ServerInterceptingCallInterface,
  ServerInterceptor,
  ServerListener,
  status,
} from '@grpc/grpc-js';
import { ProtocolError } from '@thorax/inference';
import { BodyBudget } from '../body.budget';
import { protocolErrorOf } from '../protocol.answer';
import { ReceivingGate } from './receiving.gate';

/** A message whose memory is set aside until {@link done}, or until its call is over. */
export interface ReceivedMessage {
  readonly bytes: Buffer;
  /** There was no memory for it: answer this. */
  readonly refusal?: ProtocolError;
  /** Call it when neither the bytes nor views of them are in use any more. */
  done(): void;
}

/** How the messages of a method are received. */
export interface ReceivingRules {
  /** For methods of one message: where they wait for being received. A stream may be silent for long. */
  readonly gate?: ReceivingGate;
  /** From a place in the gate to the whole message. */
  readonly maxReceiveMs: number;
  /** Messages of one stream that are received and not yet done with. */
  readonly maxUnfinished: number;
}

/**
 * Makes every message a {@link ReceivedMessage}. What waits for a place in the gate is held back by HTTP/2's flow
 * control, so that a flood of large requests is in the senders' memory and not in ours.
 */
export function receiveBounded(
  budget: BodyBudget,
  rulesOf: (path: string) => ReceivingRules,
): ServerInterceptor {
  return ({ path }, call) => new ReceivedCall(call, budget, rulesOf(path));
}

class ReceivedCall extends ServerInterceptingCall {
  private readonly unfinished = new Set<() => void>();
  private leaveGate?: () => void;
  private timer?: NodeJS.Timeout;
  private readDeferred = false;

  constructor(
    call: ServerInterceptingCallInterface,
    private readonly budget: BodyBudget,
    private readonly rules: ReceivingRules,
  ) {
    // The listener is made when the call starts, after the constructor.
    super(call, { start: (next) => next(this.listener()) });
  }

  override startRead(): void {
    const { gate, maxReceiveMs, maxUnfinished } = this.rules;
    if (!gate) {
      if (this.unfinished.size < maxUnfinished) super.startRead();
      else this.readDeferred = true;
      return;
    }
    // The second read of a unary call is for its end.
    if (this.leaveGate) return super.startRead();
    this.leaveGate = () => undefined;
    this.leaveGate = gate.pass(() => {
      this.timer = setTimeout(() => this.sendStatus(tooSlow(maxReceiveMs)), maxReceiveMs).unref();
      super.startRead();
    });
  }

  private listener(): ServerListener {
    return {
      onReceiveMetadata: (metadata, next) => next(metadata),
      onReceiveMessage: (bytes: Buffer, next) => {
        this.stopWaiting();
        next(this.received(bytes));
      },
      onReceiveHalfClose: (next) => {
        this.stopWaiting();
        next();
      },
      onCancel: () => {
        this.stopWaiting();
        for (const done of [...this.unfinished]) done();
      },
    };
  }

  private received(bytes: Buffer): ReceivedMessage {
    let release: () => void;
    let refusal: ProtocolError | undefined;
    try {
      release = this.budget.reserve(bytes.length);
    } catch (error) {
      refusal = protocolErrorOf(error);
    }
    const done = () => {
      if (!this.unfinished.delete(done)) return;
      release?.();
      if (!this.readDeferred) return;
      this.readDeferred = false;
      this.startRead();
    };
    this.unfinished.add(done);
    return { bytes, done, ...(refusal && { refusal }) };
  }

  private stopWaiting(): void {
    clearTimeout(this.timer);
    this.leaveGate?.();
  }
}

function tooSlow(maxReceiveMs: number) {
  return {
    code: status.DEADLINE_EXCEEDED,
    details: `the request did not arrive within ${maxReceiveMs / 1000} s`,
  };
}
