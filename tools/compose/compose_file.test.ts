import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { ROOT } from '../../tests/support/built';
import { COMPOSE_FILE_NAME, composeFile } from './compose_file';

interface Service {
  readonly container_name: string;
  readonly image: string;
  readonly build?: object;
  readonly environment: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases: readonly string[] }>>;
  readonly depends_on?: readonly string[] | object;
  readonly ports?: readonly string[];
}

interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: { readonly testing_net: { readonly ipam: { readonly config: [{ subnet: string }] } } };
}

const read = (clients: number, servers?: number): Compose => parse(composeFile(clients, servers)) as Compose;

describe('the file', () => {
  test('that is committed is what 5 clients make', () => {
    expect(readFileSync(join(ROOT, COMPOSE_FILE_NAME), 'utf8')).toBe(composeFile(5));
  });

  test.each([0, 1, 5, 1000])(
    'has a server and %d clients, each with its own id, name and data',
    (clients) => {
      const { name, services } = read(clients);
      const ids = Array.from({ length: clients }, (_, index) => index + 1);
      expect(name).toBe('lottery');
      expect(Object.keys(services)).toEqual(['server', ...ids.map((id) => `client${id}`)]);
      for (const [key, service] of Object.entries(services)) expect(service.container_name).toBe(key);
      for (const id of ids) {
        const { environment, image, volumes } = services[`client${id}`]!;
        expect(image).toBe('client:latest');
        expect(environment).toEqual([`CLI_ID=${id}`]);
        expect(volumes).toContain(`./.data/agency-${id}.csv:/data/agency.csv:ro`);
      }
    },
  );

  test('tells the server how many agencies there are, except for none', () => {
    expect(read(0).services['server']?.environment.join()).not.toMatch(/AGENCIES/);
    expect(read(1).services['server']?.environment).toContain('AGENCIES=1');
    expect(read(1000).services['server']?.environment).toContain('AGENCIES=1000');
  });

  test('publishes the page on the loopback address of the host alone', () => {
    const { ports, environment } = read(1).services['server']!;
    expect(ports).toEqual(['127.0.0.1:${LOTTERY_HTTP_PORT:-8080}:8080']);
    expect(environment).toContain('HTTP_PORT=8080');
    expect(read(1).services['client1']?.ports).toBeUndefined();
  });

  test.each([
    [undefined, ['server', 'client1']],
    [16, ['database', 'server1', 'balancer', 'client1']],
  ])('builds each image once, servers: %p', (servers, builders) => {
    const built = Object.entries(read(1000, servers).services).filter(([, { build }]) => build !== undefined);
    expect(built.map(([key]) => key)).toEqual(builders);
  });

  test('has a network with an address for each container', () => {
    const { services, networks } = read(1000, 16);
    const prefixBits = Number(networks.testing_net.ipam.config[0].subnet.split('/')[1]);
    const reserved = 3; // the network itself, its gateway and the broadcast address
    const visitors = 1; // the netcat of nc_test.sh
    expect(2 ** (32 - prefixBits) - reserved).toBeGreaterThanOrEqual(Object.keys(services).length + visitors);
  });

  test('is not made for what is no number of clients', () => {
    for (const clients of [-1, 1001, 1.5, NaN]) expect(() => composeFile(clients)).toThrow(RangeError);
    for (const servers of [-1, 0, 17, 1.5, NaN]) expect(() => composeFile(1, servers)).toThrow(RangeError);
  });
});

describe('the file for several servers', () => {
  test.each([1, 3, 16])('has a database, %d servers, a balancer and the clients', (servers) => {
    const { name, services } = read(2, servers);
    const ids = Array.from({ length: servers }, (_, index) => index + 1);
    const names = ids.map((id) => `server${id}`);
    expect(name).toBe('lottery');
    expect(Object.keys(services)).toEqual(['database', ...names, 'balancer', 'client1', 'client2']);
    for (const [key, service] of Object.entries(services)) expect(service.container_name).toBe(key);
    for (const key of names) expect(services[key]).toMatchObject({ image: 'server:latest', ...SHARED });
    expect(services['balancer']?.environment).toEqual([`SERVERS=${servers}`]);
    expect(services['balancer']?.depends_on).toEqual(names);
  });

  const SHARED = {
    environment: expect.arrayContaining([
      'AGENCIES=2',
      'LEDGER=postgres',
      'DATABASE_URL=postgresql://lottery:${LOTTERY_DATABASE_PASSWORD:-lottery}@database:5432/lottery',
    ]) as unknown,
    depends_on: { database: { condition: 'service_healthy' } },
    networks: { testing_net: { aliases: ['servers'] } },
  };

  test('lets clients find the balancer where they find the one server', () => {
    const { balancer, client1 } = read(1, 3).services;
    expect(balancer?.networks).toEqual({ testing_net: { aliases: ['server'] } });
    expect(client1).toEqual({ ...read(1).services['client1'], depends_on: ['balancer'] });
  });

  test('publishes the page alone, and by the balancer', () => {
    const published = Object.entries(read(2, 3).services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([key, { ports }]) => [key, ports])).toEqual([
      ['balancer', read(1).services['server']?.ports],
    ]);
  });

  test('tells both sides the same password', () => {
    const text = composeFile(0, 2);
    expect(text).toContain('DATABASE_PASSWORD=${LOTTERY_DATABASE_PASSWORD:-lottery}\n');
    expect(text).not.toMatch(/AGENCIES/);
  });

  test('is the same each time, and says how it was made', () => {
    expect(composeFile(7, 3)).toBe(composeFile(7, 3));
    expect(composeFile(7, 3)).toMatch(/^# Made by `npx ts-node compose_maker.ts 7 --servers 3`:/);
  });
});
