import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { fastify } from 'fastify';

import { bets } from '../../../../protocol/testing/arbitraries';
import { checkGivenBatch } from '../batches/given_batch';
import { readJsonBatch } from '../batches/json_batch';
import { Refusal } from '../refusals/problem';
import { closeDoors, CSV_LINE, JSON_BODY, OpenDoor } from '../testing/open_door';

afterEach(closeDoors);

/** The parts of the document that the tests look at. */
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
interface Media {
  readonly schema: object;
}
interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Document {
  readonly openapi: string;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, { readonly type: string }>>;
  };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function documentOf(door: OpenDoor): Promise<Document> {
  return (await door.ask('GET', '/openapi.json')).json as Document;
}

function operationsOf({ paths }: Document): [name: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

/** What an operation needs a token for. */
function accessOf({ security = [] }: Operation): string {
  return security.flatMap(({ token = [] }) => token).join() || 'open';
}

/** Whether values keep a schema of the document. */
async function checkerOf(document: Document, schema: object): Promise<(value: unknown) => Promise<boolean>> {
  const app = fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, strict: false } },
    bodyLimit: 10_000_000,
  });
  app.post('/', { schema: { body: { ...schema, components: document.components } } }, () => 'good');
  await app.ready();
  return async (value) => {
    const payload = JSON.stringify(value);
    const { statusCode } = await app.inject({ method: 'POST', url: '/', headers: JSON_BODY, payload });
    return statusCode === 200;
  };
}

test('docs/HTTP.md says of the operator and the auditor what they write of the draw', async () => {
  const text = readFileSync(join(__dirname, '../../../../docs/HTTP.md'), 'utf8');
  const operations = operationsOf(await documentOf(await OpenDoor.open()));
  const overseeing = operations.filter(([, operation]) => accessOf(operation) === 'overseeing');
  expect(overseeing).toHaveLength(2);
  for (const party of ['operator', 'auditor']) {
    const row = new RegExp(`^\\| the ${party} +\\|.*$`, 'm').exec(text)?.[0];
    for (const [name] of overseeing) expect(row).toContain(`\`${name}\``);
  }
});

test('whatever needs a token is open to a certificate in its place', async () => {
  const document = await documentOf(await OpenDoor.open());
  const { token, certificate } = document.components.securitySchemes;
  expect([token?.type, certificate?.type]).toEqual(['http', 'mutualTLS']);
  for (const [, { security = [] }] of operationsOf(document)) {
    if (security.length === 0) continue;
    expect(security).toEqual([{ token: [expect.anything()] }, { certificate: security[0]?.['token'] }]);
  }
});

test('the document has every operation of the API, with all that it takes and answers', async () => {
  const document = await documentOf(await OpenDoor.open());
  expect(document.openapi).toBe('3.1.0');
  const told = operationsOf(document).map(([name, operation]) => {
    const parameters = operation.parameters?.map((parameter) => `${parameter.in} ${parameter.name}`) ?? [];
    const statuses = Object.keys(operation.responses).join(' ');
    return [name, parameters.join(', '), statuses, accessOf(operation)];
  });
  const ofBatch = 'path agency, path batch, header Request-Id';
  const ofAgency = 'path agency, header Request-Id';
  const ofNote = 'path name, header Request-Id';
  const ofAgencyNote = 'path agency, path name, header Request-Id';
  const ofFile = '200 400 403 404 414 500 503 505';
  const ofReceipt = '200 400 401 403 404 414 500 503 505';
  const giving = '200 400 401 403 404 408 409 410 413 414 415 422 500 503 505';
  const ofPage = 'query after, query limit';
  const writing = '200 201 400 401 403 404 408 412 413 414 415 500 503 505 507';
  const removing = '200 400 401 403 404 412 414 415 500 503 505';
  const counting = '200 201 400 401 403 404 409 414 415 500 503 505 507';
  expect(told).toEqual([
    [
      'PUT /agencies/{agency}/batches/{batch}',
      ofBatch,
      '200 201 400 401 403 404 408 409 410 413 414 415 422 500 503 505',
      'writing',
    ],
    ['GET /agencies/{agency}/batches/{batch}', ofBatch, '200 400 401 403 404 406 414 500 503 505', 'reading'],
    ['GET /agencies', 'query after, query limit, header Request-Id', '200 400 403 414 500 503 505', 'open'],
    ['GET /agencies/{agency}', ofAgency, '200 400 403 404 414 500 503 505', 'open'],
    ['PUT /agencies/{agency}/finish', ofAgency, '200 400 401 403 404 414 415 500 503 505', 'writing'],
    [
      'GET /agencies/{agency}/winners',
      `query wait, ${ofAgency}`,
      '200 400 401 403 404 409 410 414 500 503 505',
      'reading',
    ],
    ['GET /draw', 'header Request-Id', '200 400 403 414 500 503 505', 'open'],
    ['PUT /draw/number', 'header Request-Id', giving, 'overseeing'],
    ['PUT /draw/beacon', 'header Request-Id', giving, 'overseeing'],
    ['GET /checkpoint', 'header Request-Id', ofFile, 'open'],
    ['GET /tile/{*}', 'header Request-Id, path *', ofFile, 'open'],
    ['GET /draw/bundle', 'header Request-Id', ofFile, 'open'],
    ['GET /agencies/{agency}/batches/{batch}/receipt', ofBatch, ofReceipt, 'reading'],
    ['GET /agencies/{agency}/finish/receipt', ofAgency, ofReceipt, 'reading'],
    ['GET /control/leaves', `${ofPage}, header Request-Id`, ofReceipt, 'reading'],
    [
      'GET /agencies/{agency}/notes',
      `${ofPage}, ${ofAgency}`,
      '200 400 401 403 404 414 500 503 505',
      'reading',
    ],
    [
      'POST /agencies/{agency}/notes',
      ofAgency,
      '200 201 400 401 403 404 408 413 414 415 500 503 505 507',
      'writing',
    ],
    ['GET /notes', `${ofPage}, header Request-Id`, '200 400 403 414 500 503 505', 'open'],
    ['POST /notes', 'header Request-Id', '200 201 400 401 403 408 413 414 415 500 503 505 507', 'writing'],
    ['PUT /agencies/{agency}/notes/{name}', ofAgencyNote, writing, 'writing'],
    [
      'GET /agencies/{agency}/notes/{name}',
      ofAgencyNote,
      '200 304 400 401 403 404 414 500 503 505',
      'reading',
    ],
    ['DELETE /agencies/{agency}/notes/{name}', ofAgencyNote, removing, 'writing'],
    ['POST /agencies/{agency}/notes/{name}/increment', `query by, ${ofAgencyNote}`, counting, 'writing'],
    ['PUT /notes/{name}', ofNote, writing, 'writing'],
    ['GET /notes/{name}', ofNote, '200 304 400 403 404 414 500 503 505', 'open'],
    ['DELETE /notes/{name}', ofNote, removing, 'writing'],
    ['POST /notes/{name}/increment', `query by, ${ofNote}`, counting, 'writing'],
    ['GET /openapi.json', '', '200', 'open'],
  ]);
});

test('the document has what an operator watches the server by', async () => {
  const door = await OpenDoor.open({ registersWatch: true });
  const names = operationsOf(await documentOf(door)).map(([name]) => name);
  for (const path of ['/events', '/healthz', '/readyz', '/metrics']) expect(names).toContain(`GET ${path}`);
});

test('the document is whole: names, descriptions, media types and references', async () => {
  const document = await documentOf(await OpenDoor.open());
  const operations = operationsOf(document).map(([, operation]) => operation);
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operationId, summary, responses } of operations) {
    expect([operationId, summary]).not.toContain(undefined);
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description).not.toMatch(/^(Default Response)?$/);
      const types = Object.keys(content ?? {});
      if (Number(status) >= 400) expect(types).toEqual(['application/problem+json']);
      else if (status === '304') expect(types).toEqual([]);
      else if (/^get(Agency)?Note$/.test(operationId ?? ''))
        expect(types).toEqual(['application/octet-stream']);
      else if (/^get(Checkpoint|Tile|Bundle|\w+Receipt|ControlLeaves)$/.test(operationId ?? ''))
        expect(types).toHaveLength(1);
      else expect(types).toContain('application/json');
    }
  }
  const batch = document.paths['/agencies/{agency}/batches/{batch}'];
  const forms = ['application/json', 'text/csv'];
  expect(Object.keys(batch?.['put']?.requestBody?.content ?? {})).toEqual(forms);
  expect(Object.keys(batch?.['get']?.responses['200']?.content ?? {})).toEqual(forms);
  expect(Object.keys(batch?.['put']?.responses['401']?.headers ?? {})).toContain('WWW-Authenticate');
  expect(Object.keys(batch?.['put']?.responses['503']?.headers ?? {})).toContain('Retry-After');
  for (const notes of ['/notes', '/agencies/{agency}/notes']) {
    const { put, get } = document.paths[`${notes}/{name}`]!;
    expect(Object.keys(put!.requestBody!.content)).toEqual(['*/*']);
    expect(Object.keys(document.paths[notes]!['post']!.requestBody!.content)).toEqual([
      'application/x-www-form-urlencoded',
    ]);
    for (const status of ['200', '304']) expect(get!.responses[status]!.headers).toHaveProperty('ETag');
    for (const status of ['200', '201']) expect(put!.responses[status]!.headers).toHaveProperty('ETag');
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, name]) => name);
  expect(new Set(references)).toEqual(
    new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)),
  );
});

test('the document is the same each time', async () => {
  const [one, other] = await Promise.all([OpenDoor.open(), OpenDoor.open()]);
  const text = (await one.ask('GET', '/openapi.json')).text;
  expect((await one.ask('GET', '/openapi.json')).text).toBe(text);
  expect((await other.ask('GET', '/openapi.json')).text).toBe(text);
});

test('answers are as the document says', async () => {
  const door = await OpenDoor.open();
  const document = await documentOf(door);
  const expectAsSaid = async (method: string, path: string, url = path, options = {}): Promise<void> => {
    const { status, headers, json } = await door.ask(method, url, options);
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    const media = document.paths[path]?.[method.toLowerCase()]?.responses[String(status)]?.content?.[type];
    if (media === undefined) throw new Error(`${method} ${url}: ${status} ${type} is not in the document`);
    expect([method, url, status, await (await checkerOf(document, media.schema))(json)]).toEqual([
      method,
      url,
      status,
      true,
    ]);
  };
  const batch = '/agencies/{agency}/batches/{batch}';
  const winners = '/agencies/{agency}/winners';
  const csv = { headers: { 'content-type': 'text/csv' }, body: CSV_LINE };
  await expectAsSaid('PUT', batch, '/agencies/1/batches/1', csv);
  await expectAsSaid('PUT', batch, '/agencies/1/batches/1', csv);
  await expectAsSaid('PUT', batch, '/agencies/1/batches/1', { ...csv, body: `${CSV_LINE}${CSV_LINE}` });
  await expectAsSaid('PUT', batch, '/agencies/1/batches/1', { ...csv, body: 'bad\n'.repeat(200) });
  await expectAsSaid('PUT', batch, '/agencies/9/batches/1', csv);
  await expectAsSaid('PUT', batch, '/agencies/1/batches/1', { body: 'x' });
  await expectAsSaid('GET', batch, '/agencies/1/batches/1');
  await expectAsSaid('GET', batch, '/agencies/1/batches/1', { headers: { accept: 'x/y' } });
  await expectAsSaid('GET', batch, '/agencies/1/batches/1', { headers: { host: 'elsewhere' } });
  await expectAsSaid('GET', '/agencies');
  await expectAsSaid('GET', '/agencies', '/agencies?limit=1');
  await expectAsSaid('GET', '/agencies', '/agencies?limit=x');
  await expectAsSaid('GET', '/agencies/{agency}', '/agencies/1');
  const note = '/agencies/{agency}/notes/{name}';
  const increment = `${note}/increment`;
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&b=x' };
  await expectAsSaid('POST', '/notes', '/notes', form);
  await expectAsSaid('POST', '/notes', '/notes', form);
  await expectAsSaid('POST', '/notes', '/notes', { ...form, body: 'a' });
  await expectAsSaid('PUT', note, '/agencies/1/notes/a', { body: '1' });
  await expectAsSaid('PUT', note, '/agencies/1/notes/a', { body: '1' });
  await expectAsSaid('PUT', note, '/agencies/1/notes/a', { headers: { 'if-match': '"0"' } });
  await expectAsSaid('POST', increment, '/agencies/1/notes/a/increment?by=5');
  await expectAsSaid('POST', increment, '/agencies/1/notes/b/increment');
  await expectAsSaid('POST', '/notes/{name}/increment', '/notes/b/increment');
  await expectAsSaid('GET', '/agencies/{agency}/notes', '/agencies/1/notes?limit=1');
  await expectAsSaid('GET', '/notes');
  await expectAsSaid('DELETE', note, '/agencies/1/notes/a');
  await expectAsSaid('DELETE', note, '/agencies/1/notes/a');
  await expectAsSaid('GET', '/draw');
  await expectAsSaid('GET', winners, '/agencies/1/winners');
  for (const agency of [1, 2, 3]) {
    await expectAsSaid('PUT', '/agencies/{agency}/finish', `/agencies/${agency}/finish`);
  }
  await expectAsSaid('GET', '/draw');
  await expectAsSaid('GET', winners, '/agencies/1/winners');
  await expectAsSaid('PUT', batch, '/agencies/1/batches/2', csv);
});

test('a draw that waits for something is as the document says', async () => {
  const gates = [{ name: 'seal' as const, pass: () => new Promise<void>(() => undefined) }];
  const door = await OpenDoor.open({ lottery: { gates } });
  await door.finish();
  const document = await documentOf(door);
  const answer = document.paths['/draw']?.['get']?.responses['200']?.content?.['application/json'];
  const isAsSaid = await checkerOf(document, answer?.schema ?? {});
  const draw = (await door.ask('GET', '/draw')).json as object;
  expect(draw).toMatchObject({ waits_for: 'seal' });
  expect(await isAsSaid(draw)).toBe(true);
  expect(await isAsSaid({ ...draw, waits_for: 'the seal' })).toBe(false);
});

test('a batch in JSON that is taken is as the document says, and one with a member of another type is not', async () => {
  const document = await documentOf(await OpenDoor.open());
  const schema =
    document.paths['/agencies/{agency}/batches/{batch}']?.['put']?.requestBody?.content['application/json']
      ?.schema;
  const isAsSaid = await checkerOf(document, schema ?? {});
  const isTaken = (body: unknown): boolean => {
    try {
      checkGivenBatch(readJsonBatch(1, Buffer.from(JSON.stringify(body))), 1, 1_000_000);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  };
  const changes = fc.constantFrom<object>(
    {},
    { bet_id: '1' },
    { bet_id: 0 },
    { bet_id: 1.5 },
    { number: 10_000 },
    { number: '1' },
    { document: 1 },
    { document: '12x' },
    { document: '' },
    { birthdate: '1987-3-17' },
    { birthdate: null },
    { first_name: '' },
    { first_name: 'a,b' },
    { first_name: 'a;b' },
    { last_name: 'a\nb' },
    { last_name: undefined },
    { more: 1 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(bets(1), changes), { maxLength: 3 }), async (made) => {
      const body = {
        bets: made.map(([bet, change]) => ({
          bet_id: Number(bet.betId),
          first_name: bet.firstName,
          last_name: bet.lastName,
          document: bet.document,
          birthdate: bet.birthdate,
          number: Number(bet.number),
          ...change,
        })),
      };
      expect(await isAsSaid(body)).toBe(isTaken(body));
    }),
    { numRuns: 200 },
  );
});
