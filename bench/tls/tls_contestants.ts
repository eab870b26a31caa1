/** The lottery's server with both its doors for agencies open, spoken to through one of them. */
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { makeCertificates } from '../../tools/certificates/make';
import { AGENCIES, Contestant, RunningServer, startLottery } from '../contestants';

/** Makes the certificates of a lottery. @param folder is not there yet */
export async function makeBenchCertificates(folder: string): Promise<void> {
  await makeCertificates({ out: folder, agencies: AGENCIES });
}

/** A server that can be spoken to in both ways. */
export interface TlsServer extends RunningServer {
  readonly tlsPort: number;
}

/** Starts it. @param certificates the folder of the certificates. @param settings that differ from the default */
export async function startWithTls(
  folder: string,
  certificates: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<TlsServer> {
  const server = await startLottery(folder, {
    SERVER_TLS_PORT: '0',
    SERVER_TLS_ADDRESS: '127.0.0.1',
    SERVER_TLS_CERT: join(certificates, 'server.pem'),
    SERVER_TLS_KEY: join(certificates, 'server-key.pem'),
    SERVER_TLS_CLIENT_CA: join(certificates, 'ca.pem'),
    SERVER_TLS_CLIENT_CRL: join(certificates, 'crl.pem'),
    ...settings,
  });
  if (server.tlsPort === undefined) throw new OperationError('the server has no door for TLS');
  return { ...server, tlsPort: server.tlsPort };
}

/** Without TLS: the yardstick. */
export const PLAIN = 'plain';
/** With the certificate of each agency. */
export const MUTUAL_TLS = 'mutual TLS';

/** The same server through its plain port and through that for TLS. */
export function tlsContestants(certificates: string): Contestant[] {
  return [
    {
      name: PLAIN,
      promise: 'SERVER_PORT',
      start: (folder) => startWithTls(folder, certificates),
    },
    {
      name: MUTUAL_TLS,
      promise: 'SERVER_TLS_PORT, a certificate for each agency',
      start: async (folder) => {
        const server = await startWithTls(folder, certificates);
        return { ...server, port: server.tlsPort, certificates };
      },
    },
  ];
}
