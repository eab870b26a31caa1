import fc from 'fast-check';

import { encodeAgencyHeader, readAgencyHeader } from './agency_header';
import { agencies } from './testing/arbitraries';

const read = (agency: string): number => readAgencyHeader(Buffer.from(`FIN${agency}`), 0);

test('an agency is right-aligned in 20 columns, the line feed behind it', () => {
  expect(encodeAgencyHeader('ASK', 42).toString('latin1')).toBe('ASK                  42\n');
  expect(encodeAgencyHeader('FIN', 0)).toHaveLength(24);
});

test.each([
  ['spaces', '                   7', 7],
  ['zeros', '00000000000000000007', 7],
  ['spaces, then zeros', '          0000000007', 7],
  ['zero', '                   0', 0],
  ['more than a number can hold exactly', '99999999999999999999', Number.MAX_SAFE_INTEGER],
])('is read when padded with %s', (_, agency, value) => {
  expect(read(agency)).toBe(value);
});

test('comes back as it was written, wherever it lies', () => {
  fc.assert(
    fc.property(agencies, fc.nat({ max: 9 }), (agency, offset) => {
      const bytes = Buffer.concat([Buffer.alloc(offset, '1'), encodeAgencyHeader('FIN', agency)]);
      expect(readAgencyHeader(bytes, offset)).toBe(agency);
    }),
  );
});

test.each([-1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])('%p is no agency', (agency) => {
  expect(() => encodeAgencyHeader('FIN', agency)).toThrow(RangeError);
});
