import { isUnverified, tlsMistake } from './tls_mistake';

const WORDS = { ca: '/etc/ca.pem', clientCertificate: '/etc/client.pem' };
const error = (code: string, more: object = {}): Error =>
  Object.assign(new Error('said\nso'), { code, ...more });

test.each([
  ['CERT_HAS_EXPIRED', "the server's certificate, or that of its CA, has expired"],
  ['CERT_NOT_YET_VALID', "the server's certificate is not valid yet; is a clock wrong?"],
  ['SELF_SIGNED_CERT_IN_CHAIN', "the server's certificate is not one of /etc/ca.pem"],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', "the server's certificate is not one of /etc/ca.pem"],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', "the server's certificate is not one of /etc/ca.pem"],
])('%s: the server is not whom it must be', (code, expected) => {
  expect(tlsMistake(error(code), WORDS)).toBe(expected);
  expect(isUnverified(error(code))).toBe(true);
});

test('a certificate for another name', () => {
  const other = error('ERR_TLS_CERT_ALTNAME_INVALID', { reason: "Host: db. is not in the cert's altnames" });
  expect(tlsMistake(other, WORDS)).toBe(
    "the server's certificate is for another name: Host: db. is not in the cert's altnames",
  );
  expect(isUnverified(other)).toBe(true);
});

test.each([
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
])('%s: the server refuses this client', (code) => {
  expect(tlsMistake(error(code, { reason: 'the alert' }), WORDS)).toBe(
    'the server refuses the client certificate /etc/client.pem: the alert',
  );
  expect(isUnverified(error(code))).toBe(false);
});

test('what else goes wrong with TLS is told as it is, and other errors are none of it', () => {
  expect(tlsMistake(error('ERR_SSL_WRONG_VERSION_NUMBER'), WORDS)).toMatch(/^TLS: said/);
  for (const other of [error('ECONNREFUSED'), error('ECONNRESET'), new Error('closed')]) {
    expect([tlsMistake(other, WORDS), isUnverified(other)]).toEqual([undefined, false]);
  }
});
