/** The command line of the benchmark. */
import { ConfigurationError } from '../program/exit';
import { readOptions, wholeNumber } from '../tools/options';

/** What `--help` prints. */
export const USAGE = `Measures the lottery: how fast bets are taken in, beside a plain log, a store that
keeps nothing and a row for each bet, by turns; then what grows with the ledger,
idle connections, and the agency. Figures go to the screen. About ten minutes.

usage: npm run bench [-- OPTIONS]

  --quick        the server and the plain log alone, and the main job: within a
                 minute; fails when the server falls under 0.3 of the plain log
  --scale        instead: 1, 2 and 4 servers over one PostgreSQL, beside COPY and row
                 inserts; what grows with agencies and bets; the draw. About six
                 minutes; with --quick within 40 s
  --http         instead: requests over HTTP, beside bare fastify and bare node:http;
                 TCP beside large batches over HTTP. About six minutes; with --quick
                 about one
  --tls          instead: agencies over mutual TLS beside plain TCP: bets, ACKs, handshakes
                 and the memory of idle connections. Up to six minutes; with --quick
                 within one
  --receipts     instead: the server with receipts beside itself without: bets, an everyday
                 load, the time from an ACK to its receipt, the seal. Up to six minutes;
                 with --quick within one and a half
  --peers        also Redis, NATS and PostgreSQL, where they are installed; says at the end
                 how the lottery stands beside each
  --rounds N     how often each is measured, 1 to 100 (default 5; 3 with
                 --quick, --scale, --http, --tls or --receipts; 1 with
                 --quick and another one of them)
  --json         prints the figures as JSON instead of tables
  --plot FILE    draws the bets a second as SVG
  --folder DIR   where the measured files lie (default .run/bench): its disk is measured
  -h, --help     prints this

for example: npm run bench -- --quick
`;

/** What is to be measured. */
export interface BenchArguments {
  readonly isQuick: boolean;
  /** Many servers over one database, and nothing else. */
  readonly isScale: boolean;
  /** Requests over HTTP, and nothing else. */
  readonly isHttp: boolean;
  /** Agencies over TLS beside plain TCP, and nothing else. */
  readonly isTls: boolean;
  /** The server with receipts beside itself without, and nothing else. */
  readonly isReceipts: boolean;
  readonly withPeers: boolean;
  readonly rounds: number;
  readonly asJson: boolean;
  readonly plotFile: string | undefined;
  readonly folder: string;
}

const HINT = 'see npm run bench -- --help';

/**
 * @param words the command line after the program's name
 * @returns `help` when the usage is asked for
 * @throws ConfigurationError for anything but the options above
 */
export function readArguments(words: readonly string[]): BenchArguments | 'help' {
  const options = readOptions(
    words,
    {
      quick: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      http: { type: 'boolean', default: false },
      tls: { type: 'boolean', default: false },
      receipts: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      json: { type: 'boolean', default: false },
      plot: { type: 'string' },
      folder: { type: 'string', default: '.run/bench' },
      help: { type: 'boolean', short: 'h', default: false },
    },
    HINT,
  );
  if (options.help) return 'help';
  forbid(options.quick && options.peers, '--quick and --peers');
  forbid(options.scale && options.peers, '--scale and --peers');
  forbid(options.scale && options.plot !== undefined, '--scale and --plot');
  forbid(options.http && options.scale, '--http and --scale');
  forbid(options.http && options.peers, '--http and --peers');
  forbid(options.http && options.plot !== undefined, '--http and --plot');
  forbid(options.tls && options.scale, '--tls and --scale');
  forbid(options.tls && options.http, '--tls and --http');
  forbid(options.tls && options.peers, '--tls and --peers');
  forbid(options.tls && options.plot !== undefined, '--tls and --plot');
  const others = ['scale', 'http', 'tls', 'peers'] as const;
  for (const other of others) forbid(options.receipts && options[other], `--receipts and --${other}`);
  forbid(options.receipts && options.plot !== undefined, '--receipts and --plot');
  const rounds = wholeNumber('rounds', options.rounds, { minimum: 1, maximum: 100, hint: HINT });
  return {
    isQuick: options.quick,
    isScale: options.scale,
    isHttp: options.http,
    isTls: options.tls,
    isReceipts: options.receipts,
    withPeers: options.peers,
    rounds: rounds ?? defaultRounds(options),
    asJson: options.json,
    plotFile: options.plot,
    folder: options.folder,
  };
}

function defaultRounds({
  quick,
  scale,
  http,
  tls,
  receipts,
}: Record<'quick' | 'scale' | 'http' | 'tls' | 'receipts', boolean>): number {
  const isOther = scale || http || tls || receipts;
  if (quick && isOther) return 1;
  return quick || isOther ? 3 : 5;
}

function forbid(isGiven: boolean, options: string): void {
  if (isGiven) throw new ConfigurationError(`${options} do not go together; ${HINT}`);
}
