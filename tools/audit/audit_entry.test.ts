import { readEntry } from './audit_entry';

test.each([
  ['GET,/agencies,200,0', { kind: 'agencies' }],
  ['GET,/draw,200,a-1', { kind: 'draw' }],
  ['GET,/agencies/17,200,0', { kind: 'agency', agency: 17 }],
  ['PUT,/agencies/17/finish,200,0', { kind: 'finish', agency: 17 }],
  ['GET,/agencies/17/winners,200,0', { kind: 'winners', agency: 17 }],
  ['PUT,/agencies/17/batches/3,201,0', { kind: 'batch', agency: 17, batchId: 3 }],
  ['PUT,/agencies/9007199254740991/batches/0,422,0', { kind: 'batch', agency: 9007199254740991, batchId: 0 }],
  ['PUT,/agencies/-/batches/3,422,0', { kind: 'other' }],
  ['GET,/agencies/017,404,0', { kind: 'other' }],
  ['GET,/agencies/1%2C2,404,0', { kind: 'other' }],
  ['GET,/agencies/1/,404,0', { kind: 'other' }],
  ['PUT,/agencies/17/notes/a.b:c~-_,412,0', { kind: 'note', owner: 17, name: 'a.b:c~-_' }],
  ['DELETE,/notes/notice,200,0', { kind: 'note', owner: 0, name: 'notice' }],
  ['GET,/agencies/17/notes,200,0', { kind: 'notes', owner: 17 }],
  ['GET,/notes,200,0', { kind: 'notes', owner: 0 }],
  ['PUT,/notes/a%20b,400,0', { kind: 'other' }],
  [`PUT,/notes/${'a'.repeat(201)},400,0`, { kind: 'other' }],
  ['PUT,/agencies/0/notes/a,404,0', { kind: 'other' }],
  ['PUT,/notes/a/b,404,0', { kind: 'other' }],
  ['REFUSED,*,401,1532', { kind: 'refusals', count: 1_532 }],
])('%s', (line, resource) => {
  const [operation, uri, status, requestId] = line.split(',');
  expect(readEntry(line)).toEqual({ operation, uri, resource, status: Number(status), requestId });
});

test.each([
  '',
  'PUT',
  'PUT,/draw,201',
  'PUT,/draw,201,0,0',
  'put,/draw,201,0',
  'POST,/draw,201,0',
  'PUT,draw,201,0',
  'PUT,/dr aw,201,0',
  'PUT,/dräw,201,0',
  'PUT,/draw,20,0',
  'PUT,/draw,2010,0',
  'PUT,/draw,600,0',
  'PUT,/draw,201,',
  'PUT,/draw,201,a b',
  `PUT,/draw,201,${'a'.repeat(65)}`,
  'PUT,/draw,201,0\r',
  'PUT,*,401,0',
  'REFUSED,*,401,0',
  'REFUSED,*,401,x',
  'REFUSED,/agencies,401,1',
])('%j has not the form of a line', (line) => {
  expect(readEntry(line)).toBeUndefined();
});
