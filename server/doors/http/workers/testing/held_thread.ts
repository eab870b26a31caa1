import { EventEmitter } from 'node:events';

import { answerTo, CheckAnswer, CheckRequest } from '../check_messages';
import type { CheckThread } from '../check_pool';

/** A worker that answers, or dies, when a test says so. */
export class HeldThread extends EventEmitter implements CheckThread {
  readonly requests: CheckRequest[] = [];
  isTerminated = false;

  postMessage(request: CheckRequest): void {
    this.requests.push(request);
  }

  /** Answers the body that it has: as a worker does, unless another answer is given. */
  answer(answer?: CheckAnswer): void {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('nothing was asked');
    this.emit('message', answer ?? answerTo(request));
  }

  die(): void {
    this.emit('error', new Error('out of memory'));
    this.emit('exit');
  }

  terminate(): Promise<void> {
    this.isTerminated = true;
    this.emit('exit');
    return Promise.resolve();
  }
}
