/**
 * The ledger's tables.
 *
 * What was submitted together is kept as one `segment`: the lines of the audit log, one for each operation, and the
 * bets of all batches that were stored, as the text that came, empty where there were none. A row in `batches` says
 * where in it a batch lies, and its key refuses a second copy. The view `bets` takes the text
 * apart for questions in SQL. `notes` holds the notes as they were written last. Checksums (see checksums.ts) cover every row: damage is found, never passed on.
 */

/** "LOTT": marks the file as a ledger of ours (SQLite's `application_id`). */
export const APPLICATION_ID = 0x4c4f5454;

/** The version of the tables below (SQLite's `user_version`). migration.ts brings older ones up to it. */
export const SCHEMA_VERSION = 5;

/** The oldest version that can be brought up to date. */
export const OLDEST_VERSION = 2;

/** Each touched page is written whole, and large pages are written faster: measured best between 4 and 64 KiB. */
export const PAGE_BYTES = 32 * 1024;

/** A write-ahead log that grew longer, because a reader kept it from being moved, is cut to this once it was. */
export const MAX_IDLE_LOG_BYTES = 64 * 1024 * 1024;

/** Pages that are kept in memory: those of one large commit. More than that was not faster. */
export const CACHE_KIBIBYTES = 2 * 1024;

/** `missing_agencies`, joined with `,`, and `is_called_off` are the terms of the draw once the sale is closed. */
export const LOTTERY_TABLE = `CREATE TABLE lottery (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  agencies INTEGER NOT NULL,
  winner_number INTEGER NOT NULL,
  sale_closed INTEGER NOT NULL,
  missing_agencies TEXT NOT NULL,
  is_called_off INTEGER NOT NULL,
  checksum INTEGER NOT NULL
)`;

/** `winner_number` is NULL for a draw that was called off. */
export const DRAWS_TABLE = `CREATE TABLE draws (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  bets INTEGER NOT NULL,
  winner_number INTEGER,
  missing_agencies TEXT NOT NULL,
  is_called_off INTEGER NOT NULL,
  drawn_at TEXT NOT NULL,
  checksum INTEGER NOT NULL
)`;

/** `payload_check` is CRC-32 of the batch's text and the `;` before it (protocol/payload_check.ts). */
export const BATCHES_TABLE = `CREATE TABLE batches (
  agency INTEGER NOT NULL,
  batch_id INTEGER NOT NULL,
  segment INTEGER NOT NULL REFERENCES segments (sequence),
  byte_offset INTEGER NOT NULL,
  byte_length INTEGER NOT NULL,
  bets INTEGER NOT NULL,
  last_bet_id INTEGER NOT NULL,
  payload_check INTEGER NOT NULL,
  PRIMARY KEY (agency, batch_id)
) WITHOUT ROWID`;

/**
 * `segment` and `position` are where the note was written last: the segment, and which operation of those that were
 * carried out for it, counted from 0. `value_check` is CRC-32 of the value. The value is the last column, and may fill
 * many pages: the others are read without it.
 */
export const NOTES_TABLE = `CREATE TABLE notes (
  owner INTEGER NOT NULL,
  name TEXT NOT NULL,
  flags INTEGER NOT NULL,
  segment INTEGER NOT NULL REFERENCES segments (sequence),
  position INTEGER NOT NULL,
  value_check INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (owner, name)
)`;

/** Creates everything in an empty database. */
export const SCHEMA = `
${LOTTERY_TABLE};
CREATE TABLE segments (
  sequence INTEGER PRIMARY KEY,
  audit_lines TEXT NOT NULL,
  audit_checksum INTEGER NOT NULL,
  text BLOB NOT NULL,
  checksum INTEGER NOT NULL
);
${BATCHES_TABLE};
CREATE TABLE finished_agencies (
  agency INTEGER PRIMARY KEY,
  after_segment INTEGER NOT NULL,
  finished_at_ms INTEGER NOT NULL,
  checksum INTEGER NOT NULL
);
${DRAWS_TABLE};
CREATE TABLE winners (
  agency INTEGER PRIMARY KEY,
  documents TEXT NOT NULL,
  checksum INTEGER NOT NULL
);
${NOTES_TABLE};
CREATE VIEW bets (agency, bet_id, first_name, last_name, document, birthdate, number) AS
SELECT
  CAST(bet.value ->> 0 AS INTEGER),
  CAST(bet.value ->> 1 AS INTEGER),
  bet.value ->> 2,
  bet.value ->> 3,
  bet.value ->> 4,
  bet.value ->> 5,
  CAST(bet.value ->> 6 AS INTEGER)
FROM
  segments,
  -- json_quote escapes what JSON must escape and leaves commas and semicolons, which no field can hold: they
  -- become the borders of fields and of bets, in this order.
  json_each('[[' || replace(replace(json_quote(CAST(text AS TEXT)), ',', '","'), ';', '"],["') || ']]') AS bet
WHERE
  length(text) > 0;
`;
