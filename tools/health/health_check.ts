/**
 * `node health_check.js HOST:PORT`: exit 0 when the server at this address answers an ECHO within two seconds,
 * otherwise 1 with one line on standard error. The HEALTHCHECK of both images.
 */
import { ConfigurationError, EXIT_DONE, runProgram } from '../../program/exit';
import { hostAndPort } from '../../program/settings';
import { checkEcho } from './echo_check';

const TIMEOUT_MS = 2_000;

void runProgram(async () => {
  const address = hostAndPort().safeParse(process.argv[2]);
  if (!address.success) throw new ConfigurationError('usage: health_check HOST:PORT');
  await checkEcho(address.data.host, address.data.port, TIMEOUT_MS);
  return EXIT_DONE;
});
