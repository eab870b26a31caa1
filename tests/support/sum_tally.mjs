/** `node sum_tally.mjs FILE`: prints what {@link sumTally} says of the file. Exit 1 when a test has failed or none was run. */
import { sumTally } from './tally.mjs';

const { text, isGood } = sumTally(process.argv[2]);
process.stdout.write(text);
process.exitCode = isGood ? 0 : 1;
