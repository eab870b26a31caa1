import { setTimeout as pause } from 'node:timers/promises';

import { encodeAsk } from '../../protocol/ask';
import { encodeRcp } from '../../protocol/rcp';
import { AGENCIES } from '../contestants';
import { Conversation } from '../conversation';

/** How long to wait before a receipt that is not there yet is asked for again. */
export const ASK_AGAIN_MS = 20;

/** Asks for the receipt of a batch until it is given. @returns whether it was, before `isOver` */
export async function askUntilGiven(
  conversation: Conversation,
  agency: number,
  batchId: number,
  isOver: () => boolean,
): Promise<boolean> {
  while (!isOver()) {
    const reply = await conversation.ask(encodeRcp(agency, batchId));
    if (reply.type === 'RCP' && reply.receipt.length > 0) return true;
    await pause(ASK_AGAIN_MS);
  }
  return false;
}

/** Asks for receipts of all agencies, each on a connection of its own, until it is stopped. */
export class ReceiptAsker {
  readonly #conversations: readonly Conversation[];
  readonly #asking: Promise<unknown>;
  #isOver = false;

  /** Begins to ask a server. */
  static async start(port: number): Promise<ReceiptAsker> {
    return new ReceiptAsker(
      await Promise.all(Array.from({ length: AGENCIES }, () => Conversation.open(port))),
    );
  }

  private constructor(conversations: readonly Conversation[]) {
    this.#conversations = conversations;
    this.#asking = Promise.all(
      conversations.map((conversation, index) => this.#ask(conversation, index + 1)),
    );
  }

  /** Resolves when nothing is asked any more. The server must still run. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#asking;
    for (const conversation of this.#conversations) conversation.close();
  }

  async #ask(conversation: Conversation, agency: number): Promise<void> {
    const isOver = (): boolean => this.#isOver;
    while (!isOver()) {
      const reply = await conversation.ask(encodeAsk(agency));
      const batchId = reply.type === 'HAS' ? reply.lastBatchId : 0;
      if (batchId > 0) await askUntilGiven(conversation, agency, batchId, isOver);
      else await pause(ASK_AGAIN_MS);
    }
  }
}
