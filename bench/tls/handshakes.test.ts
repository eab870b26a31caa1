import { HandshakeRun, sumUpHandshakes } from './handshakes';

const RUN: HandshakeRun = {
  beginning: 'plain',
  connections: 200,
  elapsedMs: 1_000,
  p50Ms: 1,
  p99Ms: 2,
  cpuMs: 100,
  serverCpuMs: 300,
  agreed: '',
};

test('each way to begin is summed up by its own runs: the middle of them, and what a connection takes', () => {
  const full = { ...RUN, beginning: 'full handshake', agreed: 'TLSv1.3 X' } as const;
  const resumed = { ...RUN, beginning: 'resumed handshake' } as const;
  const runs = [
    RUN,
    full,
    resumed,
    { ...full, connections: 50 },
    { ...full, connections: 100, elapsedMs: 4_000 },
  ];
  const [plain, figures] = sumUpHandshakes(runs);
  expect(plain).toMatchObject({
    beginning: 'plain',
    connectionsPerSecond: { min: 200, median: 200, max: 200 },
    serverCpuMs: 1.5,
    clientCpuMs: 0.5,
  });
  expect(figures).toEqual({
    beginning: 'full handshake',
    connectionsPerSecond: { min: 25, median: 50, max: 200 },
    p50Ms: 1,
    p99Ms: 2,
    serverCpuMs: 3,
    clientCpuMs: 1,
    agreed: 'TLSv1.3 X',
  });
});
