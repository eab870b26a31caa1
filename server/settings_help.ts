/** What `--help` of the server tells of each setting. Names, defaults and what is allowed come from the schema. */
import { settingsHelp } from '../program/settings_help';
import { SERVER_SCHEMA, ServerKey } from './config';

/** What each setting is. */
const MEANINGS: Readonly<Record<ServerKey, string>> = {
  SERVER_PORT: "the port of the agencies' protocol without TLS; 0 takes a free one and logs it",
  SERVER_PORT_MESSAGES: 'what is answered there: every message, or ECHO alone for those who check the server',
  SERVER_LISTEN_ADDRESS: 'the address it listens on',
  SERVER_ALLOW: "who may connect to the agencies' ports; everybody if left out",
  SERVER_TLS_PORT:
    "the port of the agencies' protocol over TLS; without one there is none; 0 takes a free one",
  SERVER_TLS_ADDRESS: 'the address it listens on',
  SERVER_TLS_CERT: 'the certificate of this server, for every door with TLS',
  SERVER_TLS_KEY: 'its key',
  SERVER_TLS_CLIENT_CA: 'the CA whose certificates say who an agency, the operator or the auditor is',
  SERVER_TLS_CLIENT_CRL: 'the certificates that this CA has revoked',
  SERVER_LISTEN_BACKLOG: 'how many connections may wait to be accepted',
  LOGGING_LEVEL: 'what is logged',
  LOG_FORMAT: 'how it is logged',
  AGENCIES: 'how many agencies take part; their ids are 1 to this number',
  LOTTERY_WINNER_NUMBER: 'the number that wins; without effect where DRAW_NUMBER is entered or drand',
  LEDGER: 'a file that belongs to this server, or a database that several servers may share',
  DATA_DIR: "the ledger's folder, with sqlite; with RECEIPTS = on over a database, that of the log",
  DATABASE_URL: 'the database, with postgres; another machine is verified over TLS; never shown or logged',
  REDIS_URL: 'the Redis, with redis; rediss:// is TLS, always verified; never shown or logged',
  REDIS_TLS_CA: 'the CAs that are trusted with rediss:// in the URL; the public ones if left out',
  REDIS_TLS_CERT:
    'the certificate with which the server identifies itself to the Redis; REDIS_TLS_KEY beside it',
  REDIS_TLS_KEY: 'the key of that certificate, which nobody else may read',
  REDIS_CONNECTIONS: 'how many connections to the Redis this server has at most',
  DATABASE_PASSWORD_FILE: "a file that holds the database's password as its only line; its URL has none then",
  DATABASE_CONNECT_TIMEOUT_MS: 'how long connecting to one host of the database, or to the Redis, may take',
  DATABASE_UNSAFE_COMMITS: 'whether a database may lose what it has committed; for trials only',
  MAX_PAYLOAD_BYTES: 'the longest payload of a batch',
  MAX_CONNECTIONS: 'further connections are closed at once',
  MAX_CONNECTIONS_PER_ADDRESS: 'how many connections one address may have, at each door',
  IDLE_TIMEOUT_MS: 'how long a connection may stay without a whole message when it is its turn',
  HTTP_PORT: 'the port of the HTTP door; without one there is no door; 0 takes a free one and logs it',
  HTTP_ADDRESS: 'the address it listens on',
  HTTP_ALLOW: 'who may connect to it; everybody if left out',
  HTTP_TLS: 'whether it speaks HTTPS; on if left out where SERVER_TLS_CERT is set',
  HTTP_TOKENS_FILE:
    'who may bet over HTTP and memcached (npm run tokens makes one); with neither it nor certificates, only this machine may',
  HTTP_MAX_CONNECTIONS: 'further connections of the HTTP door are closed at once',
  HTTP_WORKERS: 'threads that check long batches that come over HTTP; 0 checks them in the main thread',
  MEMCACHED_PORT:
    'the port for clients of memcached; without one there is no such door; 0 takes a free one and logs it',
  MEMCACHED_ADDRESS: 'the address it listens on; without tokens and certificates, one of this machine alone',
  MEMCACHED_ALLOW: 'who may connect to it; everybody if left out',
  MEMCACHED_TLS: 'whether it speaks TLS; on if left out where SERVER_TLS_CERT is set',
  DRAW_DEADLINE: 'when the draw stops waiting for agencies that have not finished; never if left out',
  DRAW_DEADLINE_ACTION: 'what happens at the deadline',
  DRAW_DEADLINE_OVERDUE: 'whether a deadline that passed more than an hour ago is acted on',
  DRAW_NUMBER:
    'where the winning number comes from; LOTTERY_WINNER_NUMBER if left out. entered and drand win over that one',
  DRAW_MARGIN: 'with DRAW_NUMBER = drand, how long before the round is due the sale must be sealed',
  DRAW_BEACON_FILE: 'with DRAW_NUMBER = drand, a file in which the round may be put, as relays give it',
  DRAW_BEACON_URLS: 'with DRAW_NUMBER = drand, relays that are asked for the round once it is due',
  DRAW_CALL_OFF:
    'unless-known: a draw that waits for its number is called off, unless this server knows it; it cannot be taken back',
  RECEIPTS: 'whether agencies get receipts that prove their bets to be in the draw, from the first bet on',
  RECEIPTS_ORIGIN: "with RECEIPTS = on, the name of this draw's log, which no other draw may have",
  RECEIPTS_KEY: 'with RECEIPTS = on, the key that signs it, which nobody else may read (npm run trust-key)',
  CONTROL_URL: 'with RECEIPTS = on, where the internal control is: no draw without its cosignature',
  CONTROL_VERIFIER_KEY: 'its key, as npm run trust-key -- --control prints it',
  CONTROL_VERIFIER_KEY_FILE: 'a file that holds this key alone, instead of CONTROL_VERIFIER_KEY',
  RECEIPTS_POLICY: 'the policy by which the log is to be checked; its hash is published before the first bet',
};

/** What `--help` prints. */
export const USAGE = `Runs the lottery's server: takes bets from the agencies, keeps them, and draws the winners.

usage: npm run server -- [CONFIG_FILE]

  CONFIG_FILE   the settings, under [DEFAULT] (default server/config.ini)
  -h, --help    prints this

Environment variables of the same names win over the file; an empty one counts as not set.

${settingsHelp(SERVER_SCHEMA, MEANINGS)}
for example: DATA_DIR=ledger AGENCIES=5 npm run server
`;
