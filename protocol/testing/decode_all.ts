import type { IncrementalDecoder } from '../incremental_decoder';

/**
 * Every message that a decoder reads from the chunks, in their order. For tests.
 *
 * @throws ProtocolError what the decoder throws
 */
export function decodeAll<Message>(
  decoder: IncrementalDecoder<Message>,
  chunks: Iterable<Buffer>,
): Message[] {
  const messages: Message[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let message = decoder.next(); message !== undefined; message = decoder.next())
      messages.push(message);
  }
  return messages;
}

/**
 * What a call throws. For tests that look at more than one property of an error.
 *
 * @throws Error when the call throws nothing
 */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
