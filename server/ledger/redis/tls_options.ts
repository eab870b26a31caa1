/** TLS to the Redis (`rediss://`): the certificate and the host's name are verified, always. */
import { connect } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

import type { RedisAddress } from '../../../program/redis_url';
import { askedNameOf } from '../../../program/tls/server_name';
import { readTlsFiles, TlsFiles } from '../../../program/tls/tls_files';
import { isUnverified, tlsMistake } from '../../../program/tls/tls_mistake';

const NO_TLS =
  'the Redis there speaks no TLS; redis:// is for one without, on a network that nobody else reads';
/** How long a host is given to say whether it is a Redis without TLS. */
const PLAIN_ANSWER_MS = 1_000;
/** How a reply of a Redis to PING begins, one that refuses included. */
const REPLY = /^[+-]/;

/**
 * TLS to a host. The files are read each time, so that a certificate that is renewed is used with the next connection.
 *
 * @throws ConfigurationError when a file cannot be used
 */
export function redisTls(host: string, files: TlsFiles): ConnectionOptions {
  return {
    secureContext: readTlsFiles(files),
    rejectUnauthorized: true,
    servername: askedNameOf(host),
  };
}

/** A connection over TLS that was tried. */
export interface TriedTls {
  readonly address: RedisAddress;
  readonly files: TlsFiles;
  /** Whether TLS was agreed on, as far as this side can tell. */
  readonly isAgreed: boolean;
}

/**
 * What is wrong, in words, when TLS could not be agreed on; `undefined` for an error of another kind.
 *
 * @param stop ends looking for it
 */
export async function redisTlsMistake(
  error: unknown,
  { address, files: { ca, certificate }, isAgreed }: TriedTls,
  stop?: AbortSignal,
): Promise<string | undefined> {
  const isOver = isAgreed || isUnverified(error);
  if (!isOver && (await answersPlainly(address, stop))) return NO_TLS;
  return tlsMistake(error, {
    ca: ca?.path ?? 'a public CA (REDIS_TLS_CA names the file of your own)',
    clientCertificate:
      certificate?.path ?? 'that it asks for (REDIS_TLS_CERT and REDIS_TLS_KEY name the files)',
  });
}

/**
 * Whether a Redis without TLS answers there. One that gets the beginning of TLS waits for more, like one that is held up:
 * it is asked with a PING, which holds no secret.
 *
 * @param stop ends it: the answer is no then
 */
async function answersPlainly({ host, port }: RedisAddress, stop?: AbortSignal): Promise<boolean> {
  const signals = [AbortSignal.timeout(PLAIN_ANSWER_MS), ...(stop === undefined ? [] : [stop])];
  const socket = connect({ host, port });
  const end = (): void => void socket.destroy();
  const signal = AbortSignal.any(signals);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => socket.write('PING\r\n'));
      socket.once('data', (bytes: Buffer) => resolve(REPLY.test(bytes.toString('latin1'))));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
