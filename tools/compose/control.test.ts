import { parse } from 'yaml';

import { composeFile } from './compose_file';
import type { DatabaseLedger } from './database';
import type { TlsPlan } from './tls';

interface Service {
  readonly image: string;
  readonly environment: readonly string[];
  readonly command?: readonly string[];
  readonly volumes: readonly (string | { readonly source: string })[];
  readonly depends_on?: object;
  readonly build?: object;
  readonly user?: string;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
}

type Services = Readonly<Record<string, Service>>;

function servicesWith(tls?: TlsPlan, hasControl = true): Services {
  const text = composeFile(2, undefined, undefined, tls, hasControl);
  return (parse(text) as { services: Services }).services;
}

const NEEDS_KEYS = { keys: { condition: 'service_completed_successfully' } };

describe('the file with the internal control', () => {
  const { server, keys, control, client1 } = servicesWith();

  test('has it beside the server, and starts both when their keys are there', () => {
    expect(Object.keys(servicesWith())).toEqual(['server', 'keys', 'control', 'client1', 'client2']);
    for (const each of [server, control]) expect(each?.depends_on).toEqual(NEEDS_KEYS);
    expect(control?.ports).toBeUndefined();
  });

  test('has each agency ask for receipts, and differ in nothing else', () => {
    const plain = servicesWith(undefined, false)['client1']!;
    expect(client1).toEqual({
      ...plain,
      environment: [...plain.environment, 'CLI_RECEIPTS_LOGFILE=/keys/public/log'],
      volumes: [plain.volumes[0], 'public-keys:/keys/public:ro', ...plain.volumes.slice(1)],
    });
  });

  test('has the server give receipts, and wait for the control', () => {
    const plain = servicesWith(undefined, false)['server']!.environment;
    const more = server!.environment.filter((each) => !plain.includes(each));
    expect(more.map((each) => each.replace(/^(RECEIPTS_ORIGIN)=.*/, '$1'))).toEqual([
      'HTTP_TOKENS_FILE=${LOTTERY_TOKENS:+/tokens.ini,}/keys/public/tokens.ini',
      'RECEIPTS=on',
      'RECEIPTS_ORIGIN',
      'RECEIPTS_KEY=/keys/log/key.pem',
      'RECEIPTS_POLICY=/keys/public/policy.txt',
      'CONTROL_URL=http://control:8700',
      'CONTROL_VERIFIER_KEY_FILE=/keys/public/control',
    ]);
  });

  test('names the log alike where its key is made and where it is used', () => {
    const origin = server?.environment.find((each) => each.startsWith('RECEIPTS_ORIGIN='));
    expect(keys?.command).toContain(origin?.replace('RECEIPTS_ORIGIN=', ''));
    const name = control?.environment.find((each) => each.startsWith('CONTROL_NAME='));
    expect(keys?.command).toContain(name?.replace('CONTROL_NAME=', ''));
  });

  test('gives each the key of its own and no other, to read alone', () => {
    const keysOf = (service: Service | undefined): unknown[] =>
      (service?.volumes ?? []).filter((each) => typeof each === 'string' && each.includes('/keys'));
    expect(keysOf(server)).toEqual(['log-key:/keys/log:ro', 'public-keys:/keys/public:ro']);
    expect(keysOf(control)).toEqual(['control-key:/keys/control:ro', 'public-keys:/keys/public:ro']);
    expect(keysOf(client1)).toEqual(['public-keys:/keys/public:ro']);
    expect(JSON.stringify(control?.volumes)).not.toContain('ledger');
  });

  test('makes them where there is no network, with the image of the server', () => {
    expect(keys).toMatchObject({ network_mode: 'none', image: server?.image });
    expect(keys?.build).toBeUndefined();
  });

  test('has the control believe the certificate of the server, and run as who can read its key', () => {
    const overTls = servicesWith({ keyOwner: 1001 });
    expect(overTls['control']?.environment).toEqual(
      expect.arrayContaining([
        'CONTROL_SERVER_URL=https://server:8080',
        'NODE_EXTRA_CA_CERTS=/certificates/ca.pem',
      ]),
    );
    const sources = overTls['control']?.volumes.flatMap((each) =>
      typeof each === 'string' ? [] : [each.source],
    );
    expect(sources).toEqual(['./.certificates/ca.pem']);
    for (const name of ['server', 'keys', 'control']) expect(overTls[name]?.user).toBe('1001:0');
    for (const service of Object.values(servicesWith({}))) expect(service).not.toHaveProperty('user');
  });

  test('is the same each time, and says how it was made', () => {
    const text = composeFile(7, undefined, undefined, {}, true);
    expect(composeFile(7, undefined, undefined, {}, true)).toBe(text);
    expect(text).toMatch(/^# Made by `npx ts-node compose_maker\.ts 7 --tls --control`:/);
  });
});

describe.each<DatabaseLedger>(['postgres', 'redis'])('the file with several servers over %s', (ledger) => {
  const text = composeFile(2, 2, ledger, undefined, true);
  const { services, volumes } = parse(text) as { services: Services; volumes: object };
  const alone = servicesWith();

  test('has the same control beside them, which reaches them through the balancer', () => {
    expect(Object.keys(services)).toEqual([
      ...['database', 'server1', 'server2', 'balancer', 'keys', 'control', 'client1', 'client2'],
    ]);
    expect(services['control']).toEqual(alone['control']);
    expect(services['keys']).toEqual(alone['keys']);
    expect(services['balancer']).toMatchObject({ networks: { testing_net: { aliases: ['server'] } } });
  });

  test('has each give receipts with the same key, from a log in a volume of its own', () => {
    const receipts = alone['server']!.environment.filter((each) =>
      /^(RECEIPTS|CONTROL|HTTP_TOKENS)/.test(each),
    );
    for (const name of ['server1', 'server2']) {
      const server = services[name]!;
      expect(server.environment).toEqual(expect.arrayContaining([...receipts, 'DATA_DIR=/data']));
      const keys = ['log-key:/keys/log:ro', 'public-keys:/keys/public:ro'];
      expect(server.volumes).toEqual(expect.arrayContaining([...keys, `${name}-log:/data`]));
      expect(server).toMatchObject({ tmpfs: [expect.stringMatching(/^\/tmp:/)] });
      expect(server.depends_on).toEqual({ database: { condition: 'service_healthy' }, ...NEEDS_KEYS });
    }
    expect(Object.keys(volumes)).toEqual(expect.arrayContaining(['server1-log', 'server2-log', 'control']));
    expect(Object.keys(volumes)).not.toContain('ledger');
  });
});
