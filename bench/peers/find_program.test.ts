import { findProgram, versionOf } from './find_program';

it('finds a program and asks for its version', () => {
  expect(`v${versionOf(findProgram('node'))}`).toMatch(/^v\d+\.\d+\.\d+$/);
});

it('names one that is not installed', () => {
  expect(() => findProgram('no-such-program')).toThrow('no-such-program is not installed');
});
