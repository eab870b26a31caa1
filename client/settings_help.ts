/** What `--help` of the agency tells of each setting. Names, defaults and what is allowed come from the schema. */
import { settingsHelp } from '../program/settings_help';
import { CLIENT_SCHEMA, ClientKey, variableOf } from './config';

/** What each setting is. */
const MEANINGS: Readonly<Record<ClientKey, string>> = {
  id: "the agency's number",
  'server.address': 'where the server is',
  'server.oneMessagePerConnection':
    'whether the server answers one message for each connection and knows no ASK',
  'server.tls.ca':
    'the CA of the server; TLS is used when any of server.tls is set; the public CAs if left out',
  'server.tls.cert': "the agency's certificate, which says who it is",
  'server.tls.key': 'its key',
  'server.tls.serverName': "the name in the server's certificate, where it is not that of server.address",
  'server.giveUpAfterMs': 'the agency fails after this time without any success; 0 for never',
  'log.level': 'what is logged',
  'log.format': 'how it is logged',
  'batch.maxAmount': 'bets in a batch',
  'batch.window': 'batches in flight',
  'data.file': 'the bets, one file or several; .data/agency-ID.csv if left out',
  'data.strict': 'whether one row that cannot be sent means that nothing is sent',
  'data.maxLeftOut': 'with data.strict: false: how many rows may be left out of a sale that is ended',
  'data.rows': 'how many rows the files must have, all together',
  'data.sha256': 'the SHA-256 that each file must have',
  'data.mayBeEmpty': 'whether a file without rows is right',
  'data.finish': 'whether the sale is ended, and the draw waited for',
  'data.rejectedFile': 'where the rows that cannot be sent are written, with the reasons',
  'data.soldFile': 'the record of the files that were sold from, while the sale goes on',
  'data.winnersFile': "where the winners' documents are written, one on each line",
  'receipts.log': "the key of the server's log: with it the agency asks for receipts, and checks them",
  'receipts.logFile': 'a file that holds this key alone, instead of receipts.log',
  'receipts.folder': 'where the receipts are kept, with receipts.log or receipts.logFile',
};

/** What `--help` prints. */
export const USAGE = `Runs an agency of the lottery: sends its bets to the server, waits for the draw, and tells its winners.

usage: npm run client -- [--finish] [CONFIG_FILE]

  CONFIG_FILE   the settings (default client/config.yaml)
  --finish      ends the sale, whatever data.finish says
  -h, --help    prints this

Environment variables win over the file; an empty one counts as not set.

${settingsHelp(CLIENT_SCHEMA, MEANINGS, variableOf)}
for example: CLI_ID=1 CLI_SERVER_ADDRESS=127.0.0.1:12345 npm run client
`;
