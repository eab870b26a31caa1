import { readFileSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { join } from 'node:path';

const HOST = '127.0.0.1';

/** A socket that is being connected. */
export interface DialledSocket {
  readonly socket: Socket;
  /** The event that tells that it can be written to. */
  readonly openEvent: 'connect' | 'secureConnect';
}

/** Connects to a port of this machine, in the name of an agency. */
export type Dial = (agency: number, port: number) => DialledSocket;

/** The PEM texts that an agency speaks TLS with. */
export interface AgencyCredentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * How a load connects.
 *
 * @param certificates a folder as `npm run certificates` makes it, for TLS; over plain TCP without it
 */
export async function dialler(certificates: string | undefined): Promise<Dial> {
  if (certificates === undefined) {
    return (_, port) => ({
      socket: connect({ port, host: HOST, noDelay: true }),
      openEvent: 'connect',
    });
  }
  const tls = await import('node:tls');
  return (agency, port) => {
    const socket = tls.connect({ port, host: HOST, ...readCredentials(certificates, agency) });
    return { socket: socket.setNoDelay(true), openEvent: 'secureConnect' };
  };
}

/** Reads what an agency speaks TLS with. @param folder as `npm run certificates` makes it */
export function readCredentials(folder: string, agency: number): AgencyCredentials {
  const read = (name: string): string => readFileSync(join(folder, `${name}.pem`), 'utf8');
  return { ca: read('ca'), cert: read(`agency-${agency}`), key: read(`agency-${agency}-key`) };
}
