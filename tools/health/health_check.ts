/**
 * `node health_check.js HOST:PORT`: exit 0 when the server at this address answers an ECHO within two seconds,
 * otherwise 1 with one line on standard error. The HEALTHCHECK of both images.
 */
import { ConfigurationError, EXIT_DONE, runProgram } from '../../program/exit';
import { hostAndPort } from '../../program/settings';
import { checkEcho } from './echo_check';

const TIMEOUT_MS = 2_000;
const USAGE = `Looks whether a lottery server answers an ECHO within ${TIMEOUT_MS / 1_000} s: exits 0 when it does, and otherwise 1 with the reason.

usage: node dist/tools/health/health_check.js HOST:PORT

  HOST:PORT    where the server is
  -h, --help   prints this

for example: node dist/tools/health/health_check.js 127.0.0.1:12345
`;

void runProgram(async () => {
  const [word, ...more] = process.argv.slice(2);
  if (word === '-h' || word === '--help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const address = hostAndPort().safeParse(word);
  if (!address.success || more.length > 0) {
    throw new ConfigurationError('usage: health_check.js HOST:PORT; --help prints more');
  }
  await checkEcho(address.data.host, address.data.port, TIMEOUT_MS);
  return EXIT_DONE;
});
