/** What mutual TLS adds to the services: settings, and the files of certificates that each may read. */
import { Scalar } from 'yaml';

import { AUTHORITY, filesOf, REVOCATIONS_FILE, SERVER } from '../certificates/holders';
import { hostFile } from './names';

/** Where certificates and keys lie, relative to the compose file. */
export const CERTIFICATES_FOLDER = '.certificates';
/** The port of the agencies' protocol over TLS in the containers. */
export const TLS_PORT = 12346;

/** Where the files are in a container. */
const MOUNTED_FOLDER = '/certificates';
/** Whose certificates server and agencies believe. */
const AUTHORITY_FILE = filesOf(AUTHORITY).certificate;

/** How the lottery runs over mutual TLS. */
export interface TlsPlan {
  /** The number of the user whose the keys are; undefined where it is the user whom the images name. */
  readonly keyOwner?: number | undefined;
}

/** What a service has besides. */
export interface TlsParts {
  readonly environment: readonly string[];
  readonly volumes: readonly object[];
  /** The user, where it is not the one whom the image names. */
  readonly user: { readonly user?: Scalar<string> };
}

const NOTHING: TlsParts = { environment: [], volumes: [], user: {} };

/** What every server has besides; nothing without a plan. The port without TLS answers ECHO alone. */
export function serverTls(plan: TlsPlan | undefined): TlsParts {
  if (plan === undefined) return NOTHING;
  const { certificate, key } = filesOf(SERVER);
  return {
    environment: [
      'SERVER_PORT_MESSAGES=echo',
      `SERVER_TLS_PORT=${TLS_PORT}`,
      `SERVER_TLS_CERT=${mounted(certificate)}`,
      `SERVER_TLS_KEY=${mounted(key)}`,
      `SERVER_TLS_CLIENT_CA=${mounted(AUTHORITY_FILE)}`,
      `SERVER_TLS_CLIENT_CRL=${mounted(REVOCATIONS_FILE)}`,
    ],
    volumes: [certificate, key, AUTHORITY_FILE, REVOCATIONS_FILE].map(mount),
    user: userOf(plan),
  };
}

/**
 * What an agency has besides; nothing without a plan. It has no key but its own.
 *
 * @param agency its number, from 1 on
 * @param server the server's name
 */
export function agencyTls(agency: number, server: string, plan: TlsPlan | undefined): TlsParts {
  if (plan === undefined) return NOTHING;
  const { certificate, key } = filesOf(agencyName(agency));
  return {
    environment: [
      `CLI_SERVER_ADDRESS=${server}:${TLS_PORT}`,
      `CLI_SERVER_TLS_CA=${mounted(AUTHORITY_FILE)}`,
      `CLI_SERVER_TLS_CERT=${mounted(certificate)}`,
      `CLI_SERVER_TLS_KEY=${mounted(key)}`,
    ],
    volumes: [certificate, key, AUTHORITY_FILE].map(mount),
    user: userOf(plan),
  };
}

/** What a program of Node has besides that believes the server's certificate, and has none of its own; nothing without a plan. */
export function authorityTls(plan: TlsPlan | undefined): Pick<TlsParts, 'environment' | 'volumes'> {
  if (plan === undefined) return NOTHING;
  return {
    environment: [`NODE_EXTRA_CA_CERTS=${mounted(AUTHORITY_FILE)}`],
    volumes: [mount(AUTHORITY_FILE)],
  };
}

/** The user of services that share keys with a server; the one whom the images name without a plan. */
export function keyUser(plan: TlsPlan | undefined): TlsParts['user'] {
  return plan === undefined ? NOTHING.user : userOf(plan);
}

/** The paths of the keys that the containers read. @param folder where the certificates lie */
export function keyPaths(folder: string, clients: number): string[] {
  const names = [SERVER, ...Array.from({ length: clients }, (_, index) => agencyName(index + 1))];
  return names.map((name) => `${folder}/${filesOf(name).key}`);
}

/** The path of the authority's key, which no container reads. */
export function authorityKeyPath(folder: string): string {
  return `${folder}/${filesOf(AUTHORITY).key}`;
}

function agencyName(agency: number): string {
  return `agency-${agency}`;
}

function mounted(file: string): string {
  return `${MOUNTED_FOLDER}/${file}`;
}

/** One file: a folder would show a container what is not its own. */
function mount(file: string): object {
  return hostFile(`./${CERTIFICATES_FOLDER}/${file}`, mounted(file));
}

/** The volumes of the images belong to the group 0, so that any user of it can write there. */
function userOf({ keyOwner }: TlsPlan): TlsParts['user'] {
  if (keyOwner === undefined) return {};
  const user = new Scalar(`${keyOwner}:0`);
  // Without quotes, YAML 1.1 reads a number to the base 60.
  user.type = Scalar.QUOTE_SINGLE;
  return { user };
}
