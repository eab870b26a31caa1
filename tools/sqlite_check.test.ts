import { OperationError } from '../program/exit';
import { requireSqlite } from './sqlite_check';

let isBroken = false;
jest.mock('better-sqlite3', () => {
  const Database = jest.requireActual<new (name: string) => object>('better-sqlite3');
  // Called with `new`, it makes the object that it returns.
  return function (name: string): object {
    if (isBroken)
      throw new Error(`Could not locate the bindings file. Tried:\n → ${'/a/long/path/'.repeat(100)}`);
    return new Database(name);
  };
});

test('the package that is here can be loaded', () => {
  isBroken = false;
  expect(requireSqlite).not.toThrow();
});

test('one without its binary is told in one line, with what to install', () => {
  isBroken = true;
  expect(requireSqlite).toThrow(OperationError);
  expect(requireSqlite).toThrow(
    /^the package better-sqlite3 cannot be loaded \(Could not locate the bindings file\. .{0,120}\): run `npm rebuild better-sqlite3`; .*python3, make and g\+\+ .*$/,
  );
});
