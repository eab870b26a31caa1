import { textOfEvent } from '../program/log';
import { finishedAgencyIn, httpAddressIn, tcpPortIn, tlsPortIn } from './server_log';

const line = (details: object): string => `2025-01-31T23:59:59.000Z INFO     ${textOfEvent({ ...details })}`;
const TCP_EVENT = { action: 'accept_connections', result: 'in_progress', port: 40123 };
const HTTP_EVENT = { action: 'accept_http', result: 'in_progress', address: '127.0.0.1', port: 40124 };

test('reads the port from the line that the server writes', () => {
  expect(tcpPortIn(line(TCP_EVENT))).toBe(40123);
  expect(tcpPortIn(line({ ...TCP_EVENT, address: '127.0.0.1' }))).toBe(40123);
});

test.each([
  line({ action: 'config', result: 'success', port: 0 }),
  line({ action: 'accept_connections', result: 'success', port: 40123 }),
  line({ action: 'accept_connections', result: 'in_progress', port: 'none' }),
  line({ action: 'accept_connections', result: 'in_progress', port: '40123x' }),
  '',
])('finds none in %j', (text) => {
  expect(tcpPortIn(text)).toBeUndefined();
});

test('reads where the page is from the line that the server writes', () => {
  expect(httpAddressIn(line(HTTP_EVENT))).toEqual({
    host: '127.0.0.1',
    port: 40124,
    isSecure: false,
  });
  expect(httpAddressIn(line({ ...HTTP_EVENT, tls: true }))).toMatchObject({ port: 40124, isSecure: true });
  expect(httpAddressIn(line(TCP_EVENT))).toBeUndefined();
  expect(tcpPortIn(line(HTTP_EVENT))).toBeUndefined();
});

test('finds both among other lines', () => {
  const other = line({ action: 'config', result: 'success', port: 0 });
  const log = [other, line(HTTP_EVENT), line(TCP_EVENT), other].map((text) => `${text}\n`).join('');
  expect([tcpPortIn(log), httpAddressIn(log)?.port]).toEqual([40123, 40124]);
});

test('tells the port over TLS from the one without', () => {
  const secured = line({ ...TCP_EVENT, port: 40125, tls: true });
  const log = `${line(TCP_EVENT)}\n${secured}\n`;
  expect([tcpPortIn(log), tlsPortIn(log)]).toEqual([40123, 40125]);
  expect([tlsPortIn(line(TCP_EVENT)), tlsPortIn(secured)]).toEqual([undefined, 40125]);
});

test('reads who has finished from the line that the server writes', () => {
  const event = { action: 'receive_fin', result: 'success', agency: 12, finished: 3, agencies: 30 };
  expect(finishedAgencyIn(line(event))).toBe(12);
  expect(finishedAgencyIn(line({ ...event, result: 'fail' }))).toBeUndefined();
  expect(finishedAgencyIn(line(TCP_EVENT))).toBeUndefined();
});
