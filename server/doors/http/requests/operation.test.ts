import { auditedOperation } from './operation';

const uriOf = (path: string, method = 'PUT'): string | undefined => auditedOperation(method, path)?.uri;

test.each([
  ['GET', 'GET'],
  ['HEAD', 'GET'],
  ['PUT', 'PUT'],
  ['POST', 'PUT'],
  ['DELETE', 'DELETE'],
  ['PATCH', undefined],
  ['OPTIONS', undefined],
  [undefined, undefined],
])('%s is %s', (method, name) => {
  expect(auditedOperation(method, '/draw')?.name).toBe(name);
});

test.each(['/', '/note', '/notesx', '/drawn', '/openapi.json', '/metrics'])('%s is no resource', (path) => {
  expect(uriOf(path)).toBeUndefined();
});

test.each([
  ['/notes', '/notes'],
  ['/%6eotes', '/notes'],
  ['/notes/a.b_c~d:e-f', '/notes/a.b_c~d:e-f'],
  ['/notes/%61%7e', '/notes/a~'],
  ['/agencies/7/notes', '/agencies/7/notes'],
  ['/agencies/%37/notes/%3A', '/agencies/7/notes/:'],
  // No note's: as they were sent.
  ['/notes/', '/notes/'],
  ['/notes/a%2Fb', '/notes/a%2Fb'],
  ['/notes/a%2Fincrement', '/notes/a%2Fincrement'],
  ['/notes/a%252e', '/notes/a%252e'],
  ['/notes/%zz', '/notes/%zz'],
  ['/notes/a,b', '/notes/a%2Cb'],
  ['/notes/%2C', '/notes/%2C'],
  ['/notes/ñ', '/notes/%F1'],
  [`/notes/${'a'.repeat(201)}`, `/notes/${'a'.repeat(201)}`],
  ['/agencies/01/notes/%61', '/agencies/01/notes/%61'],
  ['/agencies/1/notes/a/b', '/agencies/1/notes/a/b'],
  ['/agencies/%31/batches/1', '/agencies/%31/batches/1'],
  ['/notes/a/increment', '/notes/a/increment'],
])('%s has the line of %s', (path, uri) => {
  expect(uriOf(path)).toBe(uri);
});

test('an increment has the line of its note', () => {
  expect(uriOf('/notes/%61/%69ncrement', 'POST')).toBe('/notes/a');
  expect(uriOf('/agencies/1/notes/a/increment', 'POST')).toBe('/agencies/1/notes/a');
  expect(uriOf('/notes/increment', 'POST')).toBe('/notes/increment');
  expect(uriOf('/notes/a/increment/', 'POST')).toBe('/notes/a/increment/');
});
