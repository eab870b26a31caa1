import { ProtocolError } from '../../../protocol/error_codes';
import { partyOfCertificate } from '../identity/certificate_party';
import { AUDITOR, mayRead, mayWrite, Party } from '../identity/party';
import type { Entrance } from '../stream/conversation';

/** The names of the listeners of the agencies' door. */
export const PLAIN_LISTENER = 'plain';
export const TLS_LISTENER = 'tls';

/** What the plain listener answers: every message, or ECHO alone. */
export type PlainMessages = 'all' | 'echo';

/** Who a certificate says is there. */
export interface ProvedParty {
  readonly party: Party;
  /** When the certificate expires, in milliseconds since 1970. */
  readonly certificateExpiresAtMs: number;
}

/** What a peer may ask for (PROTOCOL.md, R28). */
export interface PeerRights {
  /** Who it is; `undefined` where nobody has to say so, or nobody is believed. */
  readonly proved: ProvedParty | undefined;
  /** Why it may ask for nothing but ECHO; `undefined` where it may ask for something. */
  readonly refusal: string | undefined;
  /** @throws ProtocolError `forbidden` unless it may bet for an agency, or end its sale */
  requireWriting(agency: number, batchId?: number): void;
  /** @throws ProtocolError `forbidden` unless it may ask what is stored of an agency */
  requireReading(agency: number): void;
}

/** Nobody has to say who it is: it may speak for any agency. */
const OPEN: PeerRights = {
  proved: undefined,
  refusal: undefined,
  requireWriting: () => undefined,
  requireReading: () => undefined,
};

/** The rights of a peer, by how it has come in. */
export function rightsOf(entrance: Entrance, plainMessages: PlainMessages, agencies: number): PeerRights {
  if (entrance.listener === PLAIN_LISTENER) {
    return plainMessages === 'all'
      ? OPEN
      : noRights('this port answers ECHO alone: agencies have a port with TLS');
  }
  const { certificate, refusal } = entrance;
  if (refusal !== undefined) return noRights(refusal);
  if (certificate === undefined) return OPEN;
  const party = partyOfCertificate(certificate, agencies);
  return party === undefined
    ? noRights('the certificate names no agency of this lottery')
    : rightsOfParty({ party, certificateExpiresAtMs: Date.parse(certificate.validTo) });
}

function noRights(refusal: string): PeerRights {
  const refuse = (_agency: number, batchId?: number): never => {
    throw new ProtocolError('forbidden', refusal, batchId);
  };
  return { proved: undefined, refusal, requireWriting: refuse, requireReading: refuse };
}

function rightsOfParty(proved: ProvedParty): PeerRights {
  const { party } = proved;
  return {
    proved,
    refusal: undefined,
    requireWriting: (agency, batchId) => {
      if (mayWrite(party, agency)) return;
      const text =
        party === AUDITOR ? 'an auditor reads, and writes nothing' : "the certificate is another agency's";
      throw new ProtocolError('forbidden', text, batchId);
    },
    requireReading: (agency) => {
      if (!mayRead(party, agency))
        throw new ProtocolError('forbidden', "the certificate is another agency's");
    },
  };
}
