import { ERROR_CODES, isErrorCode, ProtocolError } from './error_codes';

test('a code is one of the list, and not what every object has', () => {
  expect(Object.keys(ERROR_CODES).every(isErrorCode)).toBe(true);
  for (const text of ['', 'closed ', 'Closed', 'toString', '__proto__', 'constructor']) {
    expect(isErrorCode(text)).toBe(false);
  }
});

test('an error is of no batch unless it says so', () => {
  expect(new ProtocolError('closed', 'text')).toMatchObject({ code: 'closed', message: 'text', batchId: 0 });
  expect(new ProtocolError('closed', 'text', 7).batchId).toBe(7);
});

test('whatever can be tried again is tried on a new connection', () => {
  for (const { closesConnection, retryable } of Object.values(ERROR_CODES)) {
    if (retryable) expect(closesConnection).toBe(true);
  }
});
