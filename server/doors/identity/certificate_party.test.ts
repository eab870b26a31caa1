import { certificateUriOf, partyOfCertificate } from './certificate_party';
import { AUDITOR, OPERATOR } from './party';

const partyIn = (subjectAltName: string | undefined) => partyOfCertificate({ subjectAltName }, 9);

test('a URI of the scheme names the party', () => {
  for (const party of [1, 9, OPERATOR, AUDITOR] as const) {
    expect(partyIn(`URI:${certificateUriOf(party)}`)).toBe(party);
    expect(partyIn(`DNS:server, URI:${certificateUriOf(party)}, IP Address:127.0.0.1`)).toBe(party);
    expect(partyIn(`URI:https://example.org/, URI:${certificateUriOf(party)}`)).toBe(party);
  }
});

test.each([
  [undefined],
  [''],
  ['DNS:agency-7'],
  ['DNS:lottery:agency-7'],
  ['URI:agency-7'],
  ['URI:lottery:7'],
  ['URI:lottery:agency-0'],
  ['URI:lottery:agency-10'],
  ['URI:lottery:agency-07'],
  ['URI:lottery:agency-operator'],
  ['URI:lottery:agency-'],
  ['URI:lottery:agency-7 '],
  ['URI:LOTTERY:agency-7'],
  ['URI:lottery:agency-7, URI:lottery:agency-8'],
  ['URI:lottery:agency-7, URI:lottery:agency-7'],
  ['URI:lottery:agency-7, URI:lottery:operator'],
  ['DNS:"x, URI:lottery:agency-7"'],
  ['DNS:"x\\", URI:lottery:agency-7"'],
  ['URI:"lottery:agency-7, DNS:x"'],
  ['URI:lottery:agency-7, DNS:"x'],
  ['URI:lottery:agency-7,DNS:x'],
])('%p names nobody', (names) => {
  expect(partyIn(names)).toBeUndefined();
});
