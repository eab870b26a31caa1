import { Request, RequestDecoder } from '../../../protocol/request_decoder';
import { SpareMemory } from '../../../protocol/spare_memory';
import { Entrance, ReplyStream, StreamProtocol } from '../stream/conversation';
import { AgencyContext } from './agency_context';
import { AgencyConversation } from './agency_conversation';
import { PlainMessages, rightsOf } from './peer_rights';

/** The agencies' protocol (PROTOCOL.md), for a door over byte streams. */
export class AgencyProtocol implements StreamProtocol<Request> {
  readonly #context: AgencyContext;
  readonly #plainMessages: PlainMessages;
  readonly #spare = new SpareMemory();

  /**
   * @param maxMessageBytes the largest PAYLOAD_SIZE that is taken (R3)
   * @param plainMessages what is answered without TLS
   */
  constructor(
    context: AgencyContext,
    readonly maxMessageBytes: number,
    plainMessages: PlainMessages = 'all',
  ) {
    this.#context = context;
    this.#plainMessages = plainMessages;
  }

  newDecoder(): RequestDecoder {
    return new RequestDecoder(this.maxMessageBytes, this.#spare);
  }

  converse(stream: ReplyStream, entrance: Entrance): AgencyConversation {
    const rights = rightsOf(entrance, this.#plainMessages, this.#context.lottery.terms.agencies);
    return new AgencyConversation(stream, this.#context, rights);
  }
}
