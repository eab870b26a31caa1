/** In which order Jest begins the files of tests: those that take longest first, so that no process waits for another's at the end. */
import Sequencer from '@jest/test-sequencer';

/** Programs, databases and browsers are started there. The first that fits counts; all others come behind. */
const LONGEST_FIRST = [
  /\/tests\/faults\//,
  /\/tests\/(system|simulation)\//,
  /\/(tools|server\/ledger\/(postgres|redis))\//,
];

export default class TestSequencer extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    // Where they have run before, Jest knows how long each takes.
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    return [...sorted].sort((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ path }) {
  const rank = LONGEST_FIRST.findIndex((pattern) => pattern.test(path));
  return rank < 0 ? LONGEST_FIRST.length : rank;
}
