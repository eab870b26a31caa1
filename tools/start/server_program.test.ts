import { textOfEvent } from '../../program/log';
import { pageOfLine, portOfLine } from './server_program';

const line = (details: object): string => `2025-01-31T23:59:59.000Z INFO     ${textOfEvent({ ...details })}`;

test('reads the port from the line that the server writes', () => {
  const event = { action: 'accept_connections', result: 'in_progress', port: 40123 };
  expect(portOfLine(line(event))).toBe(40123);
  expect(portOfLine(line({ ...event, address: '127.0.0.1' }))).toBe(40123);
});

test.each([
  line({ action: 'config', result: 'success', port: 0 }),
  line({ action: 'accept_connections', result: 'success', port: 40123 }),
  line({ action: 'accept_connections', result: 'in_progress', port: 'none' }),
  line({ action: 'accept_connections', result: 'in_progress', port: '40123x' }),
  '',
])('finds none in %j', (text) => {
  expect(portOfLine(text)).toBeUndefined();
});

test('reads where the page is from the line that the server writes', () => {
  const event = { action: 'accept_http', result: 'in_progress', address: '127.0.0.1', port: 40124 };
  expect(pageOfLine(line(event))).toBe('http://127.0.0.1:40124/');
  expect(pageOfLine(line({ ...event, action: 'accept_connections' }))).toBeUndefined();
  expect(portOfLine(line(event))).toBeUndefined();
});
