import { checkServerIdentity, connect, createSecureContext, SecureContext } from 'node:tls';

import { ConfigurationError, oneLine } from '../program/exit';
import { readTextFile } from '../program/text_file';
import { askedNameOf } from '../program/tls/server_name';
import { socketTransport } from './socket_transport';
import { tlsMistakeOf } from './tls_mistake';
import { Connect } from './transport';

/** How an agency speaks TLS with its server. */
export interface TlsSettings {
  /** A file of the certificates of the CAs that are believed; the public ones if left out. */
  readonly ca: string | undefined;
  /** The files of the agency's certificate and its key. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The name that the server's certificate must have; the server's address if left out. */
  readonly serverName: string | undefined;
}

/**
 * Connections over TLS to one address. The files are read for each of them, so that a certificate that is renewed is used
 * with the next one.
 *
 * @throws ConfigurationError when a file cannot be used now
 */
export function connectOverTls(host: string, port: number, settings: TlsSettings): Connect {
  contextOf(settings);
  const name = settings.serverName ?? host;
  return (handlers) => {
    let context: SecureContext;
    try {
      context = contextOf(settings);
    } catch (error) {
      return failed(oneLine(error), (reason) => handlers.lost(reason, true));
    }
    const socket = connect({
      host,
      port,
      secureContext: context,
      minVersion: 'TLSv1.2',
      servername: askedNameOf(name),
      ...(settings.serverName !== undefined && {
        checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
      }),
    });
    socket.setNoDelay(true);
    return socketTransport(socket, 'secureConnect', { host, mistakeOf: tlsMistakeOf }, handlers);
  };
}

function contextOf({ ca, cert, key }: TlsSettings): SecureContext {
  const files = [ca, cert, key].filter((file) => file !== undefined).join(', ');
  const authorities = ca === undefined ? undefined : readTextFile(ca).text;
  if (authorities !== undefined && !/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(authorities)) {
    throw new ConfigurationError(`${ca}: holds no certificate in PEM form`);
  }
  const own = cert === undefined ? undefined : readTextFile(cert).text;
  const ownKey = key === undefined ? undefined : readTextFile(key).text;
  try {
    return createSecureContext({ ca: authorities, cert: own, key: ownKey });
  } catch (error) {
    throw new ConfigurationError(`${files}: no certificate or key that can be used: ${oneLine(error)}`);
  }
}

/** A transport that has never come to be. */
function failed(reason: string, lost: (reason: string) => unknown): ReturnType<Connect> {
  const timer = setImmediate(() => lost(reason));
  return { unsentBytes: 0, write: () => undefined, close: () => clearImmediate(timer) };
}
