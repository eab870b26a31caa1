import { parse } from 'yaml';

import { composeFile } from './compose_file';
import { databaseEnvironment, DatabaseLedger } from './database';
import { keyPaths, TlsPlan } from './tls';

interface Service {
  readonly environment: readonly string[];
  readonly volumes: readonly (string | { readonly source: string; readonly target: string })[];
  readonly user?: string;
}

const KINDS: readonly { readonly servers?: number; readonly ledger?: DatabaseLedger }[] = [
  {},
  { servers: 2, ledger: 'postgres' },
  { servers: 2, ledger: 'redis' },
];

function servicesOf(
  clients: number,
  { servers, ledger }: (typeof KINDS)[number] = {},
  tls: TlsPlan | 'none' = {},
): Record<string, Service> {
  const { services } = parse(composeFile(clients, servers, ledger, tls === 'none' ? undefined : tls)) as {
    services: Record<string, Service>;
  };
  return services;
}

/** What of .certificates a service can read, by its name there. */
function certificatesOf({ volumes }: Service): string[] {
  return volumes.flatMap((each) => {
    if (typeof each === 'string' || !each.source.includes('.certificates')) return [];
    const name = each.source.replace('./.certificates/', '');
    expect(each).toEqual({
      type: 'bind',
      source: `./.certificates/${name}`,
      target: `/certificates/${name}`,
      read_only: true,
      bind: { create_host_path: false },
    });
    return [name];
  });
}

describe('the file with TLS', () => {
  test('lets agencies in over mutual TLS, and answers ECHO alone without', () => {
    const { server, client2 } = servicesOf(2);
    expect(server?.environment).toEqual([
      ...servicesOf(2, {}, 'none')['server']!.environment,
      'SERVER_PORT_MESSAGES=echo',
      'SERVER_TLS_PORT=12346',
      'SERVER_TLS_CERT=/certificates/server.pem',
      'SERVER_TLS_KEY=/certificates/server-key.pem',
      'SERVER_TLS_CLIENT_CA=/certificates/ca.pem',
      'SERVER_TLS_CLIENT_CRL=/certificates/crl.pem',
    ]);
    expect(client2?.environment).toEqual([
      'CLI_ID=2',
      'CLI_SERVER_ADDRESS=server:12346',
      'CLI_SERVER_TLS_CA=/certificates/ca.pem',
      'CLI_SERVER_TLS_CERT=/certificates/agency-2.pem',
      'CLI_SERVER_TLS_KEY=/certificates/agency-2-key.pem',
    ]);
  });

  test.each(KINDS)("gives each service the keys of its own and no other's, %j", (kind) => {
    for (const [name, service] of Object.entries(servicesOf(3, kind))) {
      const agency = name.replace('client', 'agency-');
      if (name.startsWith('client'))
        expect(certificatesOf(service)).toEqual([`${agency}.pem`, `${agency}-key.pem`, 'ca.pem']);
      else if (name.startsWith('server'))
        expect(certificatesOf(service)).toEqual(['server.pem', 'server-key.pem', 'ca.pem', 'crl.pem']);
      else expect(certificatesOf(service)).toEqual([]);
    }
  });

  test.each(KINDS)('mounts the key of the authority nowhere, %j', ({ servers, ledger }) => {
    expect(composeFile(3, servers, ledger, {})).not.toMatch(/ca-key/);
  });

  test.each(['postgres', 'redis'] as const)('has the servers reach %s over TLS alone', (ledger) => {
    const services = servicesOf(2, { servers: 2, ledger });
    expect(services['database']?.environment).toContain('DATABASE_TLS=on');
    for (const name of ['server1', 'server2']) {
      const environment = services[name]!.environment;
      expect(environment).toEqual(expect.arrayContaining(databaseEnvironment(ledger, { tls: true })));
    }
    const plain = servicesOf(2, { servers: 2, ledger }, 'none');
    expect(plain['database']?.environment).not.toContain('DATABASE_TLS=on');
    expect(plain['server1']?.environment).toEqual(expect.arrayContaining(databaseEnvironment(ledger)));
  });

  test('has TLS pass through the balancer, which is told of it', () => {
    expect(servicesOf(1, { servers: 2 })['balancer']?.environment).toEqual(['SERVERS=2', 'TLS=on']);
    expect(servicesOf(1, { servers: 2 }, 'none')['balancer']?.environment).toEqual(['SERVERS=2']);
  });

  test.each(KINDS)('names a user only where the keys are not those of the images, %j', (kind) => {
    for (const service of Object.values(servicesOf(2, kind))) expect(service).not.toHaveProperty('user');
    const users = Object.entries(servicesOf(2, kind, { keyOwner: 1001 })).map(([name, { user }]) => [
      name,
      user,
    ]);
    for (const [name = '', user] of users)
      expect([name, user]).toEqual([name, /^(server|client)/.test(name) ? '1001:0' : undefined]);
  });

  test('has quotes around the user, which would be a number in YAML 1.1', () => {
    expect(composeFile(1, undefined, undefined, { keyOwner: 1001 })).toContain("\n    user: '1001:0'\n");
  });

  test.each(KINDS)('is the same each time, and says how it was made, %j', ({ servers, ledger }) => {
    const text = composeFile(7, servers, ledger, {});
    expect(composeFile(7, servers, ledger, {})).toBe(text);
    const words = /^# Made by `npx ts-node compose_maker\.ts 7 (.*)`:/.exec(text)?.[1];
    const more = servers === undefined ? '' : `--servers 2 ${ledger === 'redis' ? '--ledger redis ' : ''}`;
    expect(words).toBe(`${more}--tls`);
  });
});

test('the keys that containers read are those of the server and of each agency', () => {
  expect(keyPaths('certs', 0)).toEqual(['certs/server-key.pem']);
  expect(keyPaths('certs', 2).slice(1)).toEqual(['certs/agency-1-key.pem', 'certs/agency-2-key.pem']);
});
