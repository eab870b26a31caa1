import { checkServerIdentity, connect, ConnectionOptions } from 'node:tls';

import { askedNameOf } from '../../program/tls/server_name';
import { readTlsFiles, TlsFiles } from '../../program/tls/tls_files';
import type { Open } from './echo_check';

/**
 * Opens connections over TLS; a server that is not the right one is an error of the socket.
 *
 * @param serverName the name that the server's certificate must have; the host's if left out
 * @throws ConfigurationError for a file that cannot be used
 */
export function openOverTls(files: TlsFiles, serverName?: string): Open {
  const secureContext = readTlsFiles(files);
  return (host, port, ready) => {
    const name = serverName ?? host;
    const options: ConnectionOptions = {
      host,
      port,
      secureContext,
      servername: askedNameOf(name),
      checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    };
    return connect(options, ready);
  };
}

/** Opens a connection over TLS to whoever is there: for a server on this machine, which is asked whether it answers at all. */
export const openToAnybody: Open = (host, port, ready) =>
  connect({ host, port, rejectUnauthorized: false, servername: '' }, ready);
