import { BatchForm, message } from './postgresql_wire';

const STATEMENT = 'insert_batch';
/** The types of the columns of `bets`, in their order. */
const TYPES = ['integer', 'bigint', 'text', 'text', 'text', 'date', 'smallint'];
const INSERT = `INSERT INTO bets SELECT * FROM unnest(${TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`;
const NO_NAME = '';

/**
 * An INSERT for each batch, a parameter for each column: an array of that column's values as text, as drivers send
 * it. The statement is prepared once for a connection.
 */
export const ROWS_FORM: BatchForm = {
  preparation: Buffer.concat([
    message('P', Buffer.concat([text(STATEMENT), text(INSERT), int16(0)])),
    message('S'),
  ]),
  encode: (bets) => {
    const rows = bets
      .toString()
      .split(';')
      .map((bet) => bet.split(','));
    const parameters = TYPES.map((_, column) => parameter(rows.map((row) => row[column] ?? '')));
    const counts = { formats: int16(0), parameters: int16(parameters.length) };
    const bind = [text(NO_NAME), text(STATEMENT), counts.formats, counts.parameters, ...parameters, int16(0)];
    const execute = [text(NO_NAME), int32(0)];
    return Buffer.concat([
      message('B', Buffer.concat(bind)),
      message('E', Buffer.concat(execute)),
      message('S'),
    ]);
  },
};

/** The values as an array in PostgreSQL's text form, after its size. */
function parameter(values: readonly string[]): Buffer {
  const quoted = values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`);
  const bytes = Buffer.from(`{${quoted.join(',')}}`);
  return Buffer.concat([int32(bytes.length), bytes]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
