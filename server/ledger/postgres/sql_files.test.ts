import { SQL_CONSTANTS } from './database_constants';
import { readFunctions, readMigrations } from './sql_files';

test('the constants stand in the place of their names, and each is used', () => {
  const { script } = readFunctions();
  expect(script).not.toContain('${');
  for (const value of Object.values(SQL_CONSTANTS)) expect(script).toContain(String(value));
});

test('a file has the function that it is named after, and no other', () => {
  const { names, script, digest } = readFunctions();
  const made = [...script.matchAll(/CREATE FUNCTION ([a-z_]+)/g)].map(([, name]) => name);
  expect(made).toEqual(names);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(script).not.toMatch(/^\s*--/m);
});

test('migrations have no placeholders', () => {
  const migrations = readMigrations();
  expect(migrations.length).toBeGreaterThanOrEqual(2);
  expect(migrations.join('')).not.toContain('${');
});
