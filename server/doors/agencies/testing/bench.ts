import { Reply, ReplyDecoder } from '../../../../protocol/reply_decoder';
import { Request } from '../../../../protocol/request_decoder';
import { FakeClock } from '../../../../program/testing/fake_clock';
import { Ledger } from '../../../ledger/ledger';
import { MemoryLedger } from '../../../ledger/memory_ledger';
import { Lottery } from '../../../lottery/lottery';
import type { Receipts } from '../../../lottery/receipts';
import { Telemetry } from '../../../telemetry/telemetry';
import { RecordedLog } from '../../../../program/testing/recorded_log';
import type { Entrance } from '../../stream/conversation';
import { RoomQueue } from '../../stream/room_queue';
import { StreamContext } from '../../stream/stream_context';
import { FakePeer } from '../../stream/testing/fake_peer';
import { AgencyContext } from '../agency_context';
import { AgencyDoorSettings } from '../agency_door';
import { AgencyProtocol } from '../agency_protocol';
import { PLAIN_LISTENER } from '../peer_rights';

/** The lottery of the bench. */
export const TERMS = { agencies: 3, winnerNumber: 7_574 };

/** The settings of a door for tests. */
export const DOOR_SETTINGS: AgencyDoorSettings = {
  listeners: [{ name: PLAIN_LISTENER, port: 0, address: '127.0.0.1', backlog: 16 }],
  maxConnections: 100,
  maxConnectionsPerAddress: 100,
  maxPayloadBytes: 8 * 1024 * 1024,
  idleTimeoutMs: 10_000,
};

/** A door without sockets, over a lottery with a clock that the test moves. For tests of conversations. */
export class Bench {
  readonly clock = new FakeClock();
  readonly log = new RecordedLog();
  readonly telemetry: Telemetry;
  readonly lottery: Lottery;
  readonly room: RoomQueue;
  readonly #context: StreamContext<Request>;

  constructor(ledger: Ledger = new MemoryLedger(TERMS), receipts?: Receipts) {
    const { clock, log } = this;
    this.telemetry = new Telemetry(TERMS, ledger.openedWith);
    this.lottery = new Lottery(ledger, TERMS, {
      clock,
      log,
      observer: this.telemetry,
      receipts,
      onBroken: fail,
    });
    this.room = new RoomQueue(this.lottery);
    const context = new AgencyContext(this.lottery, this.telemetry, clock, log);
    const protocol = new AgencyProtocol(context, DOOR_SETTINGS.maxPayloadBytes);
    this.#context = new StreamContext(protocol, this.room, clock, DOOR_SETTINGS.idleTimeoutMs);
  }

  /** A new connection and its wire. */
  connect(entrance?: Entrance): AgencyPeer {
    return new AgencyPeer(this.#context, this.clock, entrance);
  }
}

/** The other end of a connection of the {@link Bench}. */
export class AgencyPeer extends FakePeer<Request> {
  /** The replies that were written, each as a short text, the oldest first. */
  get replies(): string[] {
    const decoder = new ReplyDecoder();
    decoder.push(Buffer.from(this.wire.written, 'latin1'));
    const replies: string[] = [];
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next())
      replies.push(shortly(reply));
    return replies;
  }
}

/** No test of the door has a draw that cannot be held. */
export function fail(error: Error): never {
  throw error;
}

function shortly(reply: Reply): string {
  switch (reply.type) {
    case 'ACK':
      return `ACK ${reply.agency},${reply.batchId}`;
    case 'WIN':
      return `WIN ${reply.documents.join(',')}`.trim();
    case 'HAS':
      return `HAS ${reply.lastBatchId},${reply.lastBetId},${reply.bets}`;
    case 'CRC':
      return `CRC ${reply.batchId},${reply.lastBetId},${reply.check}`;
    case 'RCP':
      return `RCP ${reply.receipt.toString()}`.trim();
    case 'ERR':
      return `ERR ${reply.batchId},${reply.code}`;
    case 'ECHO':
      return reply.line.toString().trim();
  }
}
