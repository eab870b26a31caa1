/** What `--help` of the agency tells of each setting. Names, defaults and what is allowed come from the schema. */
import { settingsHelp } from '../program/settings_help';
import { CLIENT_SCHEMA, ClientKey, variableOf } from './config';

/** What each setting is. */
const MEANINGS: Readonly<Record<ClientKey, string>> = {
  id: "the agency's number",
  'server.address': 'where the server is',
  'server.oneMessagePerConnection':
    'whether the server answers one message for each connection and knows no ASK',
  'server.giveUpAfterMs': 'the agency fails after this time without any success; 0 for never',
  'log.level': 'what is logged',
  'log.format': 'how it is logged',
  'batch.maxAmount': 'bets in a batch',
  'batch.window': 'batches in flight',
  'data.file': 'the bets; .data/agency-ID.csv if left out',
  'data.strict': 'whether a row that cannot be sent ends the run before anything is sent',
  'data.winnersFile': "where the winners' documents are written, one on each line",
};

/** What `--help` prints. */
export const USAGE = `Runs an agency of the lottery: sends its bets to the server, waits for the draw, and tells its winners.

usage: npm run client -- [CONFIG_FILE]

  CONFIG_FILE   the settings (default client/config.yaml)
  -h, --help    prints this

Environment variables win over the file; an empty one counts as not set.

${settingsHelp(CLIENT_SCHEMA, MEANINGS, variableOf)}
for example: CLI_ID=1 CLI_SERVER_ADDRESS=127.0.0.1:12345 npm run client
`;
