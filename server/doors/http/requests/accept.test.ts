import { chooseMediaType } from './accept';

const OFFERED = ['application/json', 'text/csv'] as const;

test.each<[string | undefined, string | undefined]>([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['text/csv', 'text/csv'],
  ['TEXT/CSV; charset=utf-8', 'text/csv'],
  ['text/*', 'text/csv'],
  ['text/html, text/csv;q=0.1', 'text/csv'],
  ['text/csv, application/json', 'application/json'],
  ['text/csv;q=0.9, application/json;q=0.8', 'text/csv'],
  ['text/csv;q=0.9, */*;q=0.8', 'text/csv'],
  ['application/json;q=0, */*', 'text/csv'],
  ['*/*;q=0', undefined],
  ['text/csv;q=0', undefined],
  ['text/csv;q=2', undefined],
  ['text/csv;q=x', undefined],
  ['image/png', undefined],
  ['', undefined],
  [',;,', undefined],
])('Accept: %s', (accept, chosen) => {
  expect(chooseMediaType(accept, OFFERED)).toBe(chosen);
});
