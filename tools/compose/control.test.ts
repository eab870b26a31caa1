import { parse } from 'yaml';

import { composeFile } from './compose_file';
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
    expect(client1).toEqual(servicesWith(undefined, false)['client1']);
    expect(control?.ports).toBeUndefined();
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
    expect(keysOf(client1)).toEqual([]);
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
