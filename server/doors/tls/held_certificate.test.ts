import { X509Certificate } from 'node:crypto';

import { FakeClock } from '../../../program/testing/fake_clock';
import { HeldCertificate } from './held_certificate';
import { NO_CERTIFICATE } from './peer_certificate';

const EXPIRED = 'the certificate has expired';
const clock = new FakeClock();
/** What the credentials say, and how often they were asked. */
let credentials = { generation: 0, isLostNow: false, asked: 0 };
beforeEach(() => void (credentials = { generation: 0, isLostNow: false, asked: 0 }));

function held(subjectAltName: string, validForMs = 1_000): HeldCertificate {
  const certificate = Object.create(X509Certificate.prototype, {
    subjectAltName: { value: subjectAltName },
    validTo: { value: new Date(clock.nowMs() + validForMs).toISOString() },
  }) as X509Certificate;
  const asked = {
    get generation() {
      return credentials.generation;
    },
    refusalOf: ({ validTo }: X509Certificate, nowMs: number) =>
      Date.parse(validTo) < nowMs ? EXPIRED : undefined,
    isLost(each: X509Certificate, nowMs: number) {
      credentials.asked++;
      return credentials.isLostNow || this.refusalOf(each, nowMs) !== undefined;
    },
  };
  return new HeldCertificate({ certificate, refusal: undefined }, 3, asked, clock);
}

test('it names its party as long as it is valid', () => {
  const certificate = held('URI:lottery:agency-2');
  expect(certificate).toMatchObject({ party: 2, refusal: undefined, isLost: false });
  clock.advance(1_001);
  expect(certificate).toMatchObject({ party: undefined, refusal: EXPIRED, isLost: true });
});

test('it is looked at again once after each change of the credentials, and stays lost', () => {
  const certificate = held('URI:lottery:operator');
  for (let count = 0; count < 3; count++) expect(certificate.party).toBe('operator');
  expect(credentials.asked).toBe(0);
  credentials.generation++;
  for (let count = 0; count < 3; count++) expect(certificate.party).toBe('operator');
  expect(credentials.asked).toBe(1);
  Object.assign(credentials, { generation: 2, isLostNow: true });
  expect(certificate.party).toBeUndefined();
  Object.assign(credentials, { generation: 3, isLostNow: false });
  expect(certificate).toMatchObject({
    party: undefined,
    refusal: "the certificate is not one of the lottery's CA",
    isLost: true,
  });
});

test('one that names nobody was never believed', () => {
  expect(held('URI:lottery:agency-4')).toMatchObject({
    party: undefined,
    refusal: 'the certificate names no party of this lottery',
    isLost: false,
  });
});

test('a client without a certificate has nothing to be told', () => {
  const asked = { generation: 0, refusalOf: () => undefined, isLost: () => false };
  const nothing = { certificate: undefined, refusal: NO_CERTIFICATE };
  expect(new HeldCertificate(nothing, 3, asked, clock)).toMatchObject({
    party: undefined,
    refusal: undefined,
    isLost: false,
  });
});
