/** Gives a server the winning number of a sealed draw: `npm run draw-number -- --help`. */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../../program/signals';

import { EXIT_DONE, OperationError, runProgram } from '../../program/exit';
import { readTextFile } from '../../program/text_file';
import { ApiClient, ApiRequest } from '../ask/api/api_client';
import { GIVEN, valuesOf } from '../ask/api/answers';
import { NumberPlan, readArguments, USAGE } from './arguments';

const NUMBER_PATH = '/draw/number';
const BEACON_PATH = '/draw/beacon';
const JSON_TYPE = { 'content-type': 'application/json' };

void runProgram(async () => {
  const stop = stopSignal();
  const plan = readArguments(process.argv.slice(2), process.env);
  if (plan === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const { url, token, tls, given } = plan;
  const client = new ApiClient({ url, token, tls });
  const { outcome } = valuesOf(await client.ask(requestOf(given), stop), GIVEN);
  process.stdout.write(`${textOf(outcome)}\n`);
  return EXIT_DONE;
});

function requestOf(given: NumberPlan['given']): ApiRequest {
  if ('number' in given) {
    return { method: 'PUT', path: NUMBER_PATH, headers: JSON_TYPE, body: JSON.stringify(given) };
  }
  return { method: 'PUT', path: BEACON_PATH, headers: JSON_TYPE, body: readTextFile(given.beaconFile).text };
}

function textOf(outcome: string): string {
  if (outcome === 'known') return 'it is kept: the number is known, and the draw goes on';
  if (outcome === 'awaits-other') return 'it is kept, and final: the other one must enter it too';
  throw new OperationError('the server answered with something unknown');
}
