import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { ROOT } from '../../tests/support/built';
import { COMPOSE_FILE_NAME, composeFile, FIXED_SUBNET_CLIENTS } from './compose_file';
import { DATABASE_LEDGERS, DatabaseLedger } from './database';

interface HostFile {
  readonly source: string;
  readonly target: string;
  readonly read_only: boolean;
  readonly bind: { readonly create_host_path: boolean };
}

/** One server by itself, one with a control, and several over each database, also with one. */
const KINDS: readonly Kind[] = [
  {},
  { control: true },
  ...DATABASE_LEDGERS.map((ledger) => ({ servers: 2, ledger })),
  ...DATABASE_LEDGERS.map((ledger) => ({ servers: 2, ledger, control: true })),
];

interface Kind {
  readonly servers?: number;
  readonly ledger?: DatabaseLedger;
  readonly control?: boolean;
}

interface Service {
  readonly container_name: string;
  readonly image: string;
  readonly build?: { readonly tags: readonly string[] };
  readonly environment: readonly string[];
  readonly volumes: readonly (string | HostFile)[];
  readonly restart: string;
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases: readonly string[] }>>;
  readonly depends_on?: readonly string[] | object;
  readonly ports?: readonly string[];
}

interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: { readonly testing_net: { readonly ipam?: { readonly config: [{ subnet: string }] } } };
  readonly volumes: Readonly<Record<string, { readonly name: string }>>;
}

/**
 * The file as Compose reads it with these variables. Compose knows more forms than `${NAME:-…}` and `${NAME:+…}`, which
 * are all that stand in the file.
 */
function readWith(
  variables: Readonly<Record<string, string>>,
  clients: number,
  servers?: number,
  ledger?: DatabaseLedger,
  control?: boolean,
): Compose {
  const innermost = /\$\{(\w+)(:[-+])?([^{}]*)\}/g;
  let text = composeFile(clients, servers, ledger, undefined, control);
  while (text.includes('${')) {
    text = text.replace(innermost, (_whole, name: string, kind: string | undefined, word: string) => {
      const value = variables[name] ?? '';
      if (kind === ':+') return value === '' ? '' : word;
      return value === '' ? word : value;
    });
  }
  return parse(text) as Compose;
}

const known = new Map<string, Compose>();

/** As it is read with no variable set. The large ones take a second to parse. */
function read(clients: number, servers?: number, ledger?: DatabaseLedger, control?: boolean): Compose {
  const key = `${clients} ${servers} ${ledger} ${control}`;
  const compose =
    known.get(key) ?? readWith({ COMPOSE_PROJECT_NAME: 'lottery' }, clients, servers, ledger, control);
  known.set(key, compose);
  return compose;
}

/** The files of the host that a service reads, by where they are in the container. */
function hostFilesOf({ volumes }: Service): Record<string, string> {
  return Object.fromEntries(
    volumes.flatMap((each) => (typeof each === 'string' ? [] : [[each.target, each.source]])),
  );
}

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
        expect(hostFilesOf({ volumes } as Service)['/data/agency.csv']).toBe(`./.data/agency-${id}.csv`);
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
    expect(ports).toEqual(['127.0.0.1:8080:8080']);
    expect(readWith({ LOTTERY_HTTP_PORT: '81' }, 1).services['server']?.ports).toEqual(['127.0.0.1:81:8080']);
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
    const prefixBits = Number(networks.testing_net.ipam?.config[0].subnet.split('/')[1]);
    const reserved = 3; // the network itself, its gateway and the broadcast address
    const visitors = 1; // the netcat of nc_test.sh
    expect(2 ** (32 - prefixBits) - reserved).toBeGreaterThanOrEqual(Object.keys(services).length + visitors);
  });

  test('leaves the addresses to the engine while there are few', () => {
    expect(read(FIXED_SUBNET_CLIENTS - 1, 16).networks.testing_net).toEqual({ driver: 'bridge' });
    expect(read(FIXED_SUBNET_CLIENTS).networks.testing_net.ipam).toBeDefined();
    expect(FIXED_SUBNET_CLIENTS).toBe(200);
  });

  test('mounts no folder where a file should be, and no file that a container can change', () => {
    for (const { servers, ledger, control } of KINDS) {
      const files = Object.values(read(2, servers, ledger, control).services).flatMap(({ volumes }) =>
        volumes.filter((each) => typeof each !== 'string'),
      );
      expect(files.length).toBeGreaterThan(0);
      for (const file of files)
        expect(file).toMatchObject({ read_only: true, bind: { create_host_path: false } });
      const named = Object.values(read(2, servers, ledger, control).services).flatMap(({ volumes }) =>
        volumes.filter((each) => typeof each === 'string'),
      );
      for (const each of named) expect(each).toMatch(/^[a-z0-9-]+:\//);
    }
  });

  test.each(KINDS)('lets no container have more than it needs, %j', ({ servers, ledger, control }) => {
    for (const service of Object.values(read(3, servers, ledger, control).services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        pids_limit: expect.any(Number) as number,
        mem_limit: expect.stringMatching(/^\d+[mg]$/) as string,
        logging: { options: { 'max-size': '10m', 'max-file': '3' } },
      });
    }
  });

  test('brings back what runs for ever, and what has failed before its end', () => {
    for (const [name, { restart }] of KINDS.flatMap(({ servers, ledger, control }) =>
      Object.entries(read(2, servers, ledger, control).services),
    ))
      expect([name, restart]).toEqual([
        name,
        /^(client|keys)/.test(name) ? 'on-failure:5' : 'unless-stopped',
      ]);
  });

  test('is not made for what is no number of clients', () => {
    for (const clients of [-1, 1001, 1.5, NaN]) expect(() => composeFile(clients)).toThrow(RangeError);
    for (const servers of [-1, 0, 17, 1.5, NaN]) expect(() => composeFile(1, servers)).toThrow(RangeError);
  });
});

describe('the file for several servers', () => {
  test.each([
    [1, 'postgres', 'DATABASE_URL=postgresql://lottery@database:5432/lottery?sslmode=disable'],
    [3, 'postgres', 'DATABASE_URL=postgresql://lottery@database:5432/lottery?sslmode=disable'],
    [1, 'redis', 'REDIS_URL=redis://lottery@database:6379/0'],
    [16, 'redis', 'REDIS_URL=redis://lottery@database:6379/0'],
  ] as const)('has a database, %d servers over %s, a balancer and the clients', (servers, ledger, url) => {
    const { name, services } = read(2, servers, ledger);
    const ids = Array.from({ length: servers }, (_, index) => index + 1);
    const names = ids.map((id) => `server${id}`);
    expect(name).toBe('lottery');
    expect(Object.keys(services)).toEqual(['database', ...names, 'balancer', 'client1', 'client2']);
    for (const [key, service] of Object.entries(services)) expect(service.container_name).toBe(key);
    expect(services['database']?.build).toMatchObject({ dockerfile: `${ledger}/Dockerfile` });
    for (const key of names) {
      expect(services[key]).toMatchObject({ image: 'server:latest', ...SHARED });
      expect(services[key]?.environment).toEqual(expect.arrayContaining([`LEDGER=${ledger}`, url]));
    }
    expect(services['balancer']?.environment).toEqual([`SERVERS=${servers}`]);
    expect(services['balancer']?.depends_on).toEqual(names);
  });

  const SHARED = {
    environment: expect.arrayContaining([
      'AGENCIES=2',
      'DATABASE_PASSWORD_FILE=/password/lottery',
    ]) as unknown,
    depends_on: { database: { condition: 'service_healthy' } },
    networks: { testing_net: { aliases: ['servers'] } },
  };

  test('lets clients find the balancer where they find the one server', () => {
    const { balancer, client1 } = read(1, 3).services;
    expect(balancer?.networks).toEqual({ testing_net: { aliases: ['server'] } });
    expect(client1).toEqual({
      ...read(1).services['client1'],
      depends_on: { server1: { condition: 'service_healthy' }, balancer: { condition: 'service_healthy' } },
    });
    expect(read(1).services['client1']?.depends_on).toEqual({ server: { condition: 'service_healthy' } });
  });

  test('publishes the page alone, and by the balancer', () => {
    const published = Object.entries(read(2, 3).services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([key, { ports }]) => [key, ports])).toEqual([
      ['balancer', read(1).services['server']?.ports],
    ]);
  });

  test.each([
    ['postgres', 'password'],
    ['redis', 'redis-password'],
  ] as const)('has the password of %s on a volume that it and the servers share', (ledger, volume) => {
    const { database, server1, server2, balancer, client1 } = read(1, 2, ledger).services;
    expect(database?.volumes).toContain(`${volume}:/password`);
    expect(database?.environment).toEqual(['DATABASE_PASSWORD=']);
    for (const server of [server1, server2]) expect(server?.volumes).toContain(`${volume}:/password:ro`);
    for (const other of [balancer, client1]) expect(JSON.stringify(other?.volumes)).not.toMatch(/password/);
    const own = readWith({ LOTTERY_DATABASE_PASSWORD: 'own' }, 1, 2, ledger).services;
    expect(own['database']?.environment).toEqual(['DATABASE_PASSWORD=own']);
    expect(JSON.stringify({ ...own, database: undefined })).not.toMatch(/own/);
  });

  test('shares no image and no volume between the two databases', () => {
    const [one, other] = DATABASE_LEDGERS.map((ledger) => read(1, 2, ledger));
    expect(one?.services['database']?.image).not.toBe(other?.services['database']?.image);
    const both = Object.keys(one?.volumes ?? {}).filter((name) => name in (other?.volumes ?? {}));
    expect(both).toEqual(['agencies']);
  });

  test('gives Redis twice the memory that it may store in, and that of its clients', () => {
    const configuration = readFileSync(join(ROOT, 'compose/database/redis/redis.conf'), 'utf8');
    const megabytesOf = (key: string): number =>
      Number(new RegExp(`^${key} (\\d+)mb$`, 'm').exec(configuration)?.[1]);
    const needed = 2 * megabytesOf('maxmemory') + megabytesOf('maxmemory-clients');
    const { mem_limit: limit } = read(1, 2, 'redis').services['database'] as unknown as { mem_limit: string };
    expect(limit).toMatch(/^\d+g$/);
    expect(needed).toBeLessThanOrEqual(1024 * Number.parseInt(limit, 10));
  });

  test('leaves AGENCIES alone without agencies', () => {
    expect(composeFile(0, 2)).not.toMatch(/AGENCIES/);
  });

  test('is the same each time, and says how it was made', () => {
    expect(composeFile(7, 3)).toBe(composeFile(7, 3));
    expect(composeFile(7, 3)).toMatch(/^# Made by `npx ts-node compose_maker.ts 7 --servers 3`:/);
    expect(composeFile(7, 3, 'redis')).toMatch(/ 7 --servers 3 --ledger redis`:/);
  });
});

describe('names', () => {
  const imagesOf = ({ services }: Compose): string[] => [
    ...new Set(Object.values(services).flatMap(({ image, build }) => [image, ...(build?.tags ?? [])])),
  ];

  test('of images say what they belong to, besides the short ones', () => {
    expect(imagesOf(read(2))).toEqual([
      'server:latest',
      'lottery-server:latest',
      'client:latest',
      'lottery-client:latest',
    ]);
  });

  test('of a second lottery are all others, with LOTTERY_PREFIX', () => {
    const variables = { COMPOSE_PROJECT_NAME: 'second', LOTTERY_PREFIX: 'second-' };
    for (const { servers, ledger, control } of KINDS) {
      const second = readWith(variables, 2, servers, ledger, control);
      for (const [key, { container_name: name }] of Object.entries(second.services))
        expect(name).toBe(`second-${key}`);
      for (const name of imagesOf(second)) expect(name).toMatch(/^second-[a-z-]+:latest$/);
      for (const { name } of Object.values(second.volumes)) expect(name).toMatch(/^second_/);
    }
  });

  test.each<[Kind, string[]]>([
    [{}, ['ledger', 'agencies']],
    [{ control: true }, ['ledger', 'log-key', 'control-key', 'public-keys', 'control', 'agencies']],
    [{ servers: 2, ledger: 'postgres' }, ['database', 'password', 'agencies']],
    [{ servers: 2, ledger: 'redis' }, ['redis', 'redis-password', 'agencies']],
  ])(
    'of volumes are those of before, or LOTTERY_NAME is in them: %j',
    ({ servers, ledger, control }, names) => {
      const namesOf = ({ volumes }: Compose): string[] => Object.values(volumes).map(({ name }) => name);
      expect(namesOf(read(1, servers, ledger, control))).toEqual(names.map((name) => `lottery_${name}`));
      const variables = { COMPOSE_PROJECT_NAME: 'lottery', LOTTERY_NAME: 'next' };
      expect(namesOf(readWith(variables, 1, servers, ledger, control))).toEqual(
        names.map((name) => `lottery_next_${name}`),
      );
    },
  );
});
