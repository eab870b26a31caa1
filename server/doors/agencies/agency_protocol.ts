import { Request, RequestDecoder } from '../../../protocol/request_decoder';
import { SpareMemory } from '../../../protocol/spare_memory';
import { ReplyStream, StreamProtocol } from '../stream/conversation';
import { AgencyContext } from './agency_context';
import { AgencyConversation } from './agency_conversation';

/** The agencies' protocol (PROTOCOL.md), for a door over byte streams. */
export class AgencyProtocol implements StreamProtocol<Request> {
  readonly #context: AgencyContext;
  readonly #spare = new SpareMemory();

  /** @param maxMessageBytes the largest PAYLOAD_SIZE that is taken (R3) */
  constructor(
    context: AgencyContext,
    readonly maxMessageBytes: number,
  ) {
    this.#context = context;
  }

  newDecoder(): RequestDecoder {
    return new RequestDecoder(this.maxMessageBytes, this.#spare);
  }

  converse(stream: ReplyStream): AgencyConversation {
    return new AgencyConversation(stream, this.#context);
  }
}
