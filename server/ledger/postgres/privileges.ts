/** What the database's role must be allowed, asked for before anything is done that would need it. */
import { ConfigurationError } from '../../../program/exit';
import type { Connection } from './connection';

/** What a server does with each table and sequence of a ledger that is made: no bet, FIN or draw is changed or deleted. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  // UPDATE: a run that begins locks its row, so that nobody replaces the functions meanwhile.
  ledger_version: ['SELECT', 'UPDATE'],
  lottery: ['SELECT', 'UPDATE'],
  standings: ['SELECT', 'INSERT', 'UPDATE'],
  batches: ['SELECT', 'INSERT'],
  finished_agencies: ['SELECT', 'INSERT'],
  draws: ['SELECT', 'INSERT'],
  winners: ['SELECT', 'INSERT'],
  audit: ['SELECT', 'INSERT'],
  notes: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  note_sums: ['SELECT', 'INSERT', 'UPDATE'],
  shared_values: ['SELECT', 'INSERT', 'UPDATE'],
  writers: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  asks: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
};
const SEQUENCES = ['audit_sequence', 'ask_sequence'];

interface SchemaRow {
  readonly role: string;
  readonly schema: string | null;
  readonly search_path: string;
  readonly may_create: boolean | null;
  readonly owner: string | null;
  readonly is_owner: boolean | null;
}

/**
 * Makes sure that the role may use the ledger's tables, or make them where there are none.
 *
 * @throws ConfigurationError that names all that the role lacks
 */
export async function requirePrivileges(connection: Connection): Promise<void> {
  const { role, schema, search_path: path, may_create: mayCreate, owner } = await readSchema(connection);
  if (schema === null) {
    throw lack(connection, role, `USAGE on a schema of its search_path (${path})`);
  }
  if (owner === null && mayCreate !== true) {
    throw lack(connection, role, `CREATE on schema ${schema}, in which no ledger is made yet`);
  }
  const missing = await readMissing(connection);
  if (missing.length > 0) throw lack(connection, role, missing.join(', '));
}

/**
 * Makes sure that the role may change the tables and replace the functions.
 *
 * @throws ConfigurationError that names whose they are
 */
export async function requireOwner(connection: Connection): Promise<void> {
  const { role, owner, is_owner: isOwner } = await readSchema(connection);
  if (owner === null || isOwner === true) return;
  throw new ConfigurationError(
    `${connection.place}: this version of the server has to change the ledger's tables or functions, which belong to the ` +
      `role "${owner}" and not to "${role}": start it once with a URL of the owner`,
  );
}

async function readSchema(connection: Connection): Promise<SchemaRow> {
  const [row] = await connection.query<SchemaRow>(`
    SELECT current_user::text AS role, current_schema()::text AS schema, current_setting('search_path') AS search_path,
      has_schema_privilege(current_schema(), 'CREATE') AS may_create,
      pg_get_userbyid(relowner)::text AS owner, pg_has_role(relowner, 'USAGE') AS is_owner
    FROM (SELECT to_regclass('ledger_version') AS table_id) AS found LEFT JOIN pg_class ON pg_class.oid = table_id`);
  return row!;
}

/** What the role lacks of the tables, sequences and functions that are there. */
async function readMissing(connection: Connection): Promise<readonly string[]> {
  const pairs = Object.entries(TABLES).flatMap(([table, rights]) => rights.map((right) => [table, right]));
  const rows = await connection.query<{ missing: string }>(
    `SELECT privilege || ' on table ' || name AS missing
     FROM unnest($1::text[], $2::text[]) AS needed (name, privilege)
     WHERE NOT has_table_privilege(to_regclass(name), privilege)
     UNION ALL
     SELECT 'USAGE on sequence ' || name FROM unnest($3::text[]) AS needed (name)
     WHERE NOT has_sequence_privilege(to_regclass(name), 'USAGE')
     UNION ALL
     SELECT 'EXECUTE on function ' || proname FROM pg_proc
     WHERE proname LIKE 'lottery\\_%' AND pg_function_is_visible(oid) AND NOT has_function_privilege(oid, 'EXECUTE')`,
    [
      pairs.map(([table]) => table).join(','),
      pairs.map(([, right]) => right).join(','),
      SEQUENCES.join(','),
    ].map((list) => `{${list}}`),
  );
  return rows.map(({ missing }) => missing);
}

function lack({ place }: Connection, role: string, what: string): ConfigurationError {
  return new ConfigurationError(`${place}: the role "${role}" lacks ${what}: GRANT it (docs/OPERATING.md)`);
}
