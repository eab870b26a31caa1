import { X509Certificate } from 'node:crypto';

import { encodeAsk } from '../../../protocol/ask';
import { encodeChk } from '../../../protocol/chk';
import { encodeFin } from '../../../protocol/fin';
import { encodeRcp } from '../../../protocol/rcp';
import { certificateUriOf } from '../identity/certificate_party';
import { AUDITOR, OPERATOR, Party } from '../identity/party';
import type { Entrance } from '../stream/conversation';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { NOTHING_SIGNED } from '../../lottery/receipts';
import { betBytes } from '../../testing/bets';
import { PLAIN_LISTENER, rightsOf, TLS_LISTENER } from './peer_rights';
import { Bench, TERMS } from './testing/bench';

/** Everything that an agency can ask for, twice: for agency 1 and for agency 2. */
const ALL = [1, 2].flatMap((agency) => [
  encodeAsk(agency),
  betBytes(agency, 1),
  encodeChk(agency, 0),
  encodeRcp(agency, 0),
  encodeFin(agency),
]);

const certificateOf = (subjectAltName: string): Entrance => ({
  listener: TLS_LISTENER,
  certificate: Object.create(X509Certificate.prototype, {
    subjectAltName: { value: subjectAltName },
    validTo: { value: 'Nov 13 12:00:00 2026 GMT' },
  }) as X509Certificate,
  refusal: undefined,
});
const entranceOf = (party: Party): Entrance => certificateOf(`URI:${certificateUriOf(party)}`);

const NO_RECEIPT_YET = { progress: NOTHING_SIGNED, receiptOf: () => Promise.resolve(undefined) };

async function repliesTo(
  entrance: Entrance | undefined,
): Promise<{ replies: string[]; lines: readonly string[] }> {
  const ledger = new MemoryLedger(TERMS);
  const peer = new Bench(ledger, NO_RECEIPT_YET).connect(entrance);
  await peer.send(...ALL, 'ECHO still here\n');
  return {
    replies: peer.replies.map((reply) => reply.replace(/^(HAS|CRC).*/, '$1')),
    lines: ledger.auditLines,
  };
}

const FORBIDDEN = [0, 1, 0, 0, 0].map((batchId) => `ERR ${batchId},forbidden`);
const SERVED = ['HAS', 'ACK', 'CRC', 'RCP'];
const short = (replies: string[]): string[] => replies.map((reply) => reply.replace(/^ACK.*/, 'ACK'));

test('an agency gets nothing of another one, and the audit log knows of each attempt', async () => {
  const { replies, lines } = await repliesTo(entranceOf(1));
  expect(short(replies)).toEqual([...SERVED, ...FORBIDDEN, 'ECHO still here']);
  expect(lines.filter((line) => line.includes(',403,'))).toEqual([
    'GET,/agencies/2,403,0',
    'PUT,/agencies/2/batches/1,403,0',
    'GET,/agencies/2,403,0',
    'GET,/agencies/2,403,0',
    'PUT,/agencies/2/finish,403,0',
  ]);
});

test('the operator may ask for everything', async () => {
  const { replies } = await repliesTo(entranceOf(OPERATOR));
  expect(short(replies)).toEqual([...SERVED, ...SERVED, 'ECHO still here']);
});

test('the auditor reads, and writes nothing', async () => {
  const { replies } = await repliesTo(entranceOf(AUDITOR));
  const each = ['HAS', 'ERR 1,forbidden', 'CRC', 'RCP', 'ERR 0,forbidden'];
  expect(replies).toEqual([...each, ...each, 'ECHO still here']);
});

describe('who has proved who it is', () => {
  test('is connected from the handshake on until it is gone, with what its certificate says', async () => {
    const bench = new Bench();
    const peer = bench.connect(entranceOf(2));
    expect(bench.telemetry.presences.of(2)).toMatchObject({
      connections: 1,
      right: 'certificate',
      certificateExpiresAtMs: Date.UTC(2026, 10, 13, 12),
    });
    await peer.send(encodeAsk(2), encodeAsk(1));
    expect(bench.telemetry.presences.of(2).connections).toBe(1);
    peer.connection.closed();
    expect(bench.telemetry.presences.of(2)).toMatchObject({
      connections: 0,
      certificateExpiresAtMs: undefined,
    });
  });

  test('is nobody else, whomever it bets for', async () => {
    const bench = new Bench();
    await bench.connect(entranceOf(OPERATOR)).send(betBytes(1, 1));
    expect(bench.telemetry.presences.of(OPERATOR)).toMatchObject({ connections: 1, right: 'certificate' });
    expect(bench.telemetry.presences.of(1).connections).toBe(0);
  });

  test('others are who they say, unproven', async () => {
    const bench = new Bench();
    await bench.connect().send(betBytes(1, 1));
    expect(bench.telemetry.presences.of(1)).toMatchObject({ connections: 1, right: 'none' });
  });
});

test.each([
  ['names nobody', certificateOf('DNS:agency-1')],
  ['names an agency that there is not', certificateOf('URI:lottery:agency-9')],
  ['names two', certificateOf('URI:lottery:agency-1, URI:lottery:agency-2')],
  [
    'is not believed',
    { listener: TLS_LISTENER, certificate: undefined, refusal: 'the certificate has expired' },
  ],
])('whose certificate %s gets an ECHO and nothing else', async (_, entrance) => {
  const { replies } = await repliesTo(entrance);
  expect(replies).toEqual([...FORBIDDEN, ...FORBIDDEN, 'ECHO still here']);
});

test('where nobody is asked for a certificate, the number alone says who it is', async () => {
  const open = { listener: TLS_LISTENER, certificate: undefined, refusal: undefined };
  for (const entrance of [open, undefined]) {
    const { replies } = await repliesTo(entrance);
    expect(short(replies)).toEqual([...SERVED, ...SERVED, 'ECHO still here']);
  }
});

test('a port for ECHO refuses everything else', () => {
  const plain = { listener: PLAIN_LISTENER, certificate: undefined, refusal: undefined };
  expect(rightsOf(plain, 'echo', 3).refusal).toMatch(/ECHO alone/);
  expect(() => rightsOf(plain, 'echo', 3).requireReading(1)).toThrow(/ECHO alone/);
  expect(rightsOf(plain, 'all', 3).refusal).toBeUndefined();
});
