/**
 * The text of `docker-compose-dev.yaml`: the central server, or several, and its agencies in containers. Pure: no file
 * is read or written here.
 */
import { Document } from 'yaml';

import { CONTROL_VOLUMES, CONTROLLED_AGENCY, CONTROLLED_SERVER, controlServices } from './control';
import { DatabaseLedger, databaseVolumes } from './database';
import { BALANCER, logVolumes, manyServers } from './many_servers';
import { volume } from './names';
import { AGENCIES_VOLUME, client, LEDGER_VOLUME, NETWORK, server } from './services';
import type { TlsPlan } from './tls';

/** What the file is called. */
export const COMPOSE_FILE_NAME = 'docker-compose-dev.yaml';

/** The most agencies in one file: {@link SUBNET} and a Linux bridge (1,023 ports) hold them with room to spare. */
export const MAX_CLIENTS = 1000;
/** The most servers that one file can have. */
export const MAX_SERVERS = 16;

/**
 * 1,021 addresses for containers: {@link MAX_SERVERS} servers with a database and a balancer, {@link MAX_CLIENTS}
 * agencies, and the netcat of `nc_test.sh`.
 */
const SUBNET = '172.25.124.0/22';
/** From so many agencies on: for fewer the engine chooses the addresses itself, which nobody else has then. */
export const FIXED_SUBNET_CLIENTS = 200;

/**
 * Returns the text of the compose file for a number of agencies and either one server with its own ledger or several
 * over one database.
 *
 * The same arguments give the same text, byte for byte. Without agencies `AGENCIES` is not set, and `server/config.ini`
 * decides: a lottery has at least one.
 *
 * @param clients how many agencies, 0 to {@link MAX_CLIENTS}
 * @param servers how many servers over one database, 1 to {@link MAX_SERVERS}; if omitted, one without a database
 * @param ledger which database that is
 * @param tls how it runs over mutual TLS, with the files in `.certificates`; if omitted, without TLS
 * @param hasControl whether the internal control runs beside the servers, which give receipts then
 * @throws RangeError when `clients` or `servers` is out of range or not an integer
 */
export function composeFile(
  clients: number,
  servers?: number,
  ledger: DatabaseLedger = 'postgres',
  tls?: TlsPlan,
  hasControl = false,
): string {
  requireWithin('clients', clients, 0, MAX_CLIENTS);
  if (servers !== undefined) requireWithin('servers', servers, 1, MAX_SERVERS);
  const agencies = Array.from({ length: clients }, (_, index) => index + 1);
  // What keeps one of several servers from starting mostly keeps all, and the balancer finds it out more slowly.
  const needs = servers === undefined ? ['server'] : ['server1', BALANCER];
  const volumes = [
    ...(servers === undefined ? [LEDGER_VOLUME] : databaseVolumes(ledger)),
    ...(hasControl ? [...logVolumes(servers ?? 0), ...CONTROL_VOLUMES] : []),
    ...(clients > 0 ? [AGENCIES_VOLUME] : []),
  ];
  const [serverParts, agencyParts] = hasControl ? [CONTROLLED_SERVER, CONTROLLED_AGENCY] : [];
  const document = new Document(
    {
      name: 'lottery',
      services: {
        ...(servers === undefined
          ? { server: server(clients, tls, serverParts) }
          : manyServers(clients, servers, ledger, tls, serverParts)),
        ...(hasControl ? controlServices(tls) : {}),
        ...Object.fromEntries(
          agencies.map((agency) => [`client${agency}`, client(agency, needs, tls, agencyParts)]),
        ),
      },
      networks: { [NETWORK]: { driver: 'bridge', ...addresses(clients) } },
      volumes: Object.fromEntries(volumes.map((name) => [name, volume(name)])),
    },
    { aliasDuplicateObjects: false },
  );
  const words = wordsFor(clients, servers, ledger, tls !== undefined);
  if (hasControl) words.push('--control');
  document.commentBefore = ` Made by \`npx ts-node compose_maker.ts ${words.join(' ')}\`: run it again rather than editing this file.`;
  return document.toString({ lineWidth: 0, singleQuote: true });
}

/** The words of the command line that makes the file. */
function wordsFor(
  clients: number,
  servers: number | undefined,
  ledger: DatabaseLedger,
  hasTls: boolean,
): string[] {
  const words = [String(clients)];
  if (servers !== undefined) words.push('--servers', String(servers));
  if (servers !== undefined && ledger !== 'postgres') words.push('--ledger', ledger);
  if (hasTls) words.push('--tls');
  return words;
}

/** The smallest networks that engines choose have 253 addresses for containers. */
function addresses(clients: number): object {
  if (clients < FIXED_SUBNET_CLIENTS) return {};
  return { ipam: { driver: 'default', config: [{ subnet: SUBNET }] } };
}

function requireWithin(what: string, value: number, minimum: number, maximum: number): void {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
  throw new RangeError(`${value} is no number of ${what} from ${minimum} to ${maximum}`);
}
