import { TestEnvironment } from 'jest-environment-node';

/** The end of what a failed test's programs have said: more would hide the failure itself. */
const MAX_CHARACTERS = 6_000;

/** The environment of tests that run programs: with a test's failure stands what its programs have said last. */
export default class ProgramEnvironment extends TestEnvironment {
  handleTestEvent({ name, test }) {
    if (name === 'test_start') this.global.saidByPrograms = undefined;
    const said = this.global.saidByPrograms;
    if (name !== 'test_done' || test.errors.length === 0 || said === undefined) return;
    const told = new Error();
    told.stack = `What the programs said last:\n${said.slice(-MAX_CHARACTERS)}`;
    test.errors.push(told);
  }
}
