import type { AddressInfo } from 'node:net';

import { listen } from './door';
import { UsageError } from './mistakes';

const answers = {
  addCheckpoint: () => Promise.reject(new Error('nobody asks')),
  cosignatureOf: () => ({ status: 404, type: 'text/plain', body: '' }),
  status: () => ({ status: 200, type: 'text/plain', body: 'balanced\n' }),
  onFailed: () => undefined,
};

test.each(['foo.invalid', '203.0.113.7', '2001:db8::7'])(
  'an address of another machine is a mistake: %s',
  async (address) => {
    const listening = listen({ port: 0, address }, answers);
    await expect(listening).rejects.toThrow(UsageError);
    await expect(listening).rejects.toThrow(
      `CONTROL_ADDRESS: "${address}" is wrong; allowed is an address of this machine (`,
    );
  },
);

test('a port that is taken is told with its setting', async () => {
  const { server, port } = await listen({ port: 0, address: '127.0.0.1' }, answers);
  expect(port).toBe((server.address() as AddressInfo).port);
  await expect(listen({ port, address: '127.0.0.1' }, answers)).rejects.toThrow(
    /^CONTROL_PORT: it cannot listen on port \d+ of 127\.0\.0\.1: .*EADDRINUSE/,
  );
  await new Promise((closed) => server.close(closed));
});
