/** Rows of an agency's file that cannot be sent. */
import { writeFileSync } from 'node:fs';

import { Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const ROWS = [
  'Ana,Pérez,1,1990-01-01,7574',
  '"Pérez, Ana",Lopez,2,1990-01-01,7574',
  'Eva,Paz,3,1990-02-30,7574',
];

test('are told by file, line and field, and left out', async () => {
  const file = stage.path('agency.csv');
  writeFileSync(file, ROWS.join('\n'));
  const { port } = await stage.startServer({ AGENCIES: '1' });
  const agency = stage.startAgency(1, port, { CLI_DATA_FILE: file });
  expect(await agency.exit).toBe(0);
  expect(agency.output).toContain(`file: ${file} | line: 2 | row: 2 | field: first_name`);
  expect(agency.output).toContain(`file: ${file} | line: 3 | row: 3 | field: birthdate`);
  expect(agency.output).toContain('cant_ganadores: 1');
  expect(agency.output).not.toMatch(/Lopez|Paz/);
});

test('end a strict run before anything is sent', async () => {
  const file = stage.path('agency.csv');
  writeFileSync(file, ROWS.join('\n'));
  const { server, port } = await stage.startServer({ AGENCIES: '1', LOGGING_LEVEL: 'DEBUG' });
  const agency = stage.startAgency(1, port, { CLI_DATA_FILE: file, CLI_DATA_STRICT: 'true' });
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toMatch(/2 rows cannot be sent, nothing was sent\n$/);
  expect(server.output).not.toMatch(/apuesta_recibida|receive_fin/);
});
