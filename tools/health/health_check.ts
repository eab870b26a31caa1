/**
 * `node health_check.js HOST:PORT`: exit 0 when the server at this address answers an ECHO within two seconds,
 * otherwise 1 with one line on standard error. The HEALTHCHECK of both images.
 */
import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';

import { ConfigurationError, EXIT_DONE, oneLine, runProgram } from '../../program/exit';
import { hostAndPort } from '../../program/settings';
import { checkEcho, Open } from './echo_check';

const TIMEOUT_MS = 2_000;
const USAGE = `Looks whether a lottery server answers an ECHO within ${TIMEOUT_MS / 1_000} s: exits 0 when it does, and otherwise 1 with the reason.

usage: node dist/tools/health/health_check.js HOST:PORT [options]
       node dist/tools/health/health_check.js --configuration FILE

  HOST:PORT            where the server is
  --configuration FILE looks for the server of this machine that has this configuration file and this environment; where
                       its port without TLS is off, over TLS, whatever its certificate says

With any of these it asks over TLS:

  --ca FILE            the certificates of the CAs that are believed, in PEM form; the public ones if left out
  --cert FILE          the certificate to show
  --key FILE           its key
  --server-name NAME   the name that the server's certificate must have; HOST if left out

  -h, --help           prints this

for example: node dist/tools/health/health_check.js 127.0.0.1:12345
`;

const OPTIONS = {
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'server-name': { type: 'string' },
  configuration: { type: 'string' },
} as const;

void runProgram(async () => {
  const words = process.argv.slice(2);
  if (words.includes('-h') || words.includes('--help')) {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const { positionals, values } = parsed(words);
  const { configuration, ...tls } = values;
  if (configuration !== undefined) {
    if (positionals.length > 0 || Object.keys(tls).length > 0) throw usageMistake();
    await checkOwn(configuration);
    return EXIT_DONE;
  }
  const address = hostAndPort().safeParse(positionals[0]);
  if (!address.success || positionals.length > 1) throw usageMistake();
  await checkEcho(address.data.host, address.data.port, TIMEOUT_MS, await openWith(tls));
  return EXIT_DONE;
});

async function checkOwn(file: string): Promise<void> {
  // The image of an agency has no library for such files.
  const { ownServerOf } = await import('./own_server.js');
  const { host, port, speaksTls } = ownServerOf(file, process.env);
  const address = hostAndPort().safeParse(isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);
  if (!address.success) throw new ConfigurationError(`${file}: the server has no port that can be asked`);
  const open = speaksTls ? (await import('./tls_connection.js')).openToAnybody : undefined;
  await checkEcho(address.data.host, address.data.port, TIMEOUT_MS, open);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw usageMistake(`${oneLine(error).split('. ')[0]}; `);
  }
}

function usageMistake(mistake = ''): ConfigurationError {
  return new ConfigurationError(`${mistake}usage: health_check.js HOST:PORT [options]; --help prints more`);
}

/** TLS is loaded only where it is wanted. @throws ConfigurationError for a file that cannot be used */
async function openWith(
  values: Partial<Record<'ca' | 'cert' | 'key' | 'server-name', string>>,
): Promise<Open | undefined> {
  if (Object.keys(values).length === 0) return undefined;
  const fileOf = (option: 'ca' | 'cert' | 'key') => {
    const path = values[option];
    return path === undefined ? undefined : { setting: `--${option}:`, path };
  };
  const { openOverTls } = await import('./tls_connection.js');
  const files = { ca: fileOf('ca'), certificate: fileOf('cert'), key: fileOf('key') };
  return openOverTls(files, values['server-name']);
}
