import { ReplyDecoder } from '../../protocol/reply_decoder';
import { RequestDecoder } from '../../protocol/request_decoder';
import { Connect } from '../transport';

/**
 * Watches what one session does on the wire: at most `window` batches without an answer on a connection, one
 * until the first ACK of all, no batch before the answer to an ASK.
 *
 * @throws Error from `write`, when the session breaks this
 */
export function watchedConnect(connect: Connect, window: number): Connect {
  let hasAck = false;
  return (handlers) => {
    const inFlight = new Set<number>();
    const requests = new RequestDecoder();
    const replies = new ReplyDecoder();
    let isAsking = false;
    const transport = connect({
      ...handlers,
      received: (bytes) => {
        replies.push(bytes);
        for (let reply = replies.next(); reply !== undefined; reply = replies.next()) {
          if (reply.type === 'ACK' || reply.type === 'ERR') inFlight.delete(reply.batchId);
          if (reply.type === 'ACK') hasAck = true;
          if (reply.type === 'HAS') isAsking = false;
        }
        handlers.received(bytes);
      },
    });
    const watch = (bytes: Buffer): void => {
      requests.push(bytes);
      for (let request = requests.next(); request !== undefined; request = requests.next()) {
        if (request.type === 'ASK') isAsking = true;
        if (request.type === 'FIN' && inFlight.size > 0) throw new Error('a FIN before all was acknowledged');
        if (request.type !== 'BET') continue;
        inFlight.add(request.batchId);
        const limit = hasAck ? window : 1;
        if (inFlight.size > limit) throw new Error(`${inFlight.size} batches in flight, not ${limit}`);
        if (isAsking) throw new Error('a batch before the answer to an ASK');
      }
    };
    return {
      get unsentBytes() {
        return transport.unsentBytes;
      },
      write: (bytes) => {
        watch(bytes);
        transport.write(bytes);
      },
      close: () => transport.close(),
    };
  };
}
