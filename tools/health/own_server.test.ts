import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ownServerOf } from './own_server';

const folder = mkdtempSync(join(tmpdir(), 'health-check-'));
const file = join(folder, 'config.ini');
afterAll(() => rmSync(folder, { recursive: true }));

const serverWith = (settings: string, environment = {}) => {
  writeFileSync(file, `[DEFAULT]\n${settings}`);
  return ownServerOf(file, environment);
};

test('it is on the port without TLS: of the environment, the file, or the usual one', () => {
  const there = { host: '127.0.0.1', port: '12345', speaksTls: false };
  expect(serverWith('')).toEqual(there);
  expect(serverWith('SERVER_PORT = 7\n')).toEqual({ ...there, port: '7' });
  expect(serverWith('SERVER_PORT = 7\n', { SERVER_PORT: '8' })).toEqual({ ...there, port: '8' });
  expect(serverWith('SERVER_PORT = 7\n', { SERVER_PORT: '' })).toEqual({ ...there, port: '7' });
});

test('where that is off, it is on the port with TLS', () => {
  const there = { host: '127.0.0.1', port: '9', speaksTls: true };
  expect(serverWith('SERVER_PORT = off\nSERVER_TLS_PORT = 9\n')).toEqual(there);
  expect(serverWith('SERVER_TLS_PORT = 9\n', { SERVER_PORT: 'off' })).toEqual(there);
  expect(serverWith('', { SERVER_PORT: 'off' })).toEqual({ ...there, port: '' });
});

test('it is at its address, unless that is all of them', () => {
  for (const address of ['*', '0.0.0.0', '::', 'localhost']) {
    expect(serverWith('', { SERVER_LISTEN_ADDRESS: address }).host).toBe('127.0.0.1');
  }
  expect(serverWith('', { SERVER_LISTEN_ADDRESS: '192.0.2.1' }).host).toBe('192.0.2.1');
  const tls = { SERVER_PORT: 'off', SERVER_TLS_PORT: '9', SERVER_LISTEN_ADDRESS: '192.0.2.1' };
  expect(serverWith('', tls).host).toBe('127.0.0.1');
  expect(serverWith('', { ...tls, SERVER_TLS_ADDRESS: '192.0.2.2' }).host).toBe('192.0.2.2');
});
