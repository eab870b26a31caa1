/** Where the winning number comes from, as the settings say it together. */
import { oneLine } from '../program/exit';
import { readNamedFile } from '../program/named_file';
import { otherThanFile, statOf } from '../program/small_file';
import { BeaconChain, chainHashOf, firstRoundFrom, roundSeconds } from '../transparency/draw/beacon';
import { BeaconTextError, chainsIn } from '../transparency/draw/beacon_text';
import type { LogTerms } from '../transparency/draw/entries';
import type { ServerSettings } from './config';
import type { LedgerState } from './ledger/ledger';
import { DrawNumberSetting, drawNumberText } from './lottery/draw_number_setting';
import { tlsDoorsOf } from './tls_settings';
import { settingName, wrongSetting } from './setting_mistake';

/** What the first leaf of the log says of the number. */
export type NumberTerms = Pick<LogTerms, 'number' | 'closeAtSeconds'>;

/** Where the number comes from. */
export interface ChosenNumber {
  readonly terms: NumberTerms;
  /** The chain whose round it follows from; `undefined` for any other kind. */
  readonly chain: BeaconChain | undefined;
}

const MS_PER_SECOND = 1_000;

/** The setting that counts: `DRAW_NUMBER`, or without it the number that was always announced. */
export function drawNumberOf({ configuration }: Pick<ServerSettings, 'configuration'>): DrawNumberSetting {
  const { DRAW_NUMBER, LOTTERY_WINNER_NUMBER: number } = configuration;
  return DRAW_NUMBER ?? { kind: 'fixed', number };
}

/**
 * Where the number comes from.
 *
 * @throws ConfigurationError in one line when the settings cannot be meant together
 */
export function chosenNumberOf(settings: ServerSettings): ChosenNumber {
  const setting = drawNumberOf(settings);
  if (setting.kind === 'fixed') {
    requireOneNumber(settings, setting.number);
    return { terms: { number: setting }, chain: undefined };
  }
  requireReceipts(settings, setting);
  if (setting.kind === 'entered') {
    requireTwoPeople(settings);
    return { terms: { number: setting }, chain: undefined };
  }
  requireWay(settings);
  requireBeaconFile(settings);
  const chain = chainNamed(settings, setting.chain);
  const round = firstRoundFrom(chain, setting.atMs / MS_PER_SECOND);
  const marginSeconds = Math.ceil(settings.configuration.DRAW_MARGIN / MS_PER_SECOND);
  const closeAtSeconds = roundSeconds(chain, round) - marginSeconds;
  requireDeadlineBefore(settings, closeAtSeconds);
  return {
    terms: { number: { kind: 'drand', chainHash: chainHashOf(chain), round }, closeAtSeconds },
    chain,
  };
}

/**
 * Refuses a round that nobody can have meant: one that may be known already, for a sale in which nothing was sold.
 *
 * @param state what the ledger held when it was opened
 * @throws ConfigurationError
 */
export function requireRoundAhead(
  settings: ServerSettings,
  { terms: { closeAtSeconds } }: ChosenNumber,
  state: Pick<LedgerState, 'batches' | 'closedWith'>,
  nowMs: number,
): void {
  if (closeAtSeconds === undefined || state.batches > 0 || state.closedWith !== undefined) return;
  if (closeAtSeconds * MS_PER_SECOND > nowMs) return;
  throw wrongSetting(
    settings,
    'DRAW_NUMBER',
    `the sale would have to be sealed by ${timeText(closeAtSeconds)}, which has passed; allowed is a round to come`,
  );
}

/** A time in seconds since 1970, for people. */
export function timeText(seconds: number): string {
  return new Date(seconds * MS_PER_SECOND).toISOString().replace('.000Z', 'Z');
}

function requireOneNumber(settings: ServerSettings, number: number): void {
  const { LOTTERY_WINNER_NUMBER: other } = settings.configuration;
  if (number === other || settings.placeOf('LOTTERY_WINNER_NUMBER') === undefined) return;
  throw wrongSetting(
    settings,
    'DRAW_NUMBER',
    `${number} is wrong beside LOTTERY_WINNER_NUMBER = ${other}; allowed is one of them`,
  );
}

function requireReceipts(settings: ServerSettings, setting: DrawNumberSetting): void {
  if (settings.configuration.RECEIPTS === 'on') return;
  throw wrongSetting(
    settings,
    'DRAW_NUMBER',
    `"${drawNumberText(setting)}" needs RECEIPTS = on: the sale must be sealed before`,
  );
}

/** Without tokens and certificates, whoever comes is taken for the operator. */
function requireTwoPeople(settings: ServerSettings): void {
  const { HTTP_PORT, HTTP_TOKENS_FILE, SERVER_TLS_CLIENT_CA } = settings.configuration;
  const hasCertificates = tlsDoorsOf(settings.configuration).http && SERVER_TLS_CLIENT_CA !== undefined;
  if (HTTP_PORT !== undefined && (HTTP_TOKENS_FILE !== undefined || hasCertificates)) return;
  throw wrongSetting(
    settings,
    'DRAW_NUMBER',
    '"entered" needs HTTP_PORT, and HTTP_TOKENS_FILE or certificates (SERVER_TLS_CLIENT_CA) that tell the operator from the auditor',
  );
}

function requireWay(settings: ServerSettings): void {
  const { HTTP_PORT, DRAW_BEACON_FILE, DRAW_BEACON_URLS } = settings.configuration;
  if ([HTTP_PORT, DRAW_BEACON_FILE, DRAW_BEACON_URLS].some((way) => way !== undefined)) return;
  throw wrongSetting(
    settings,
    'DRAW_NUMBER',
    'the round could not come to this server; set DRAW_BEACON_URLS, DRAW_BEACON_FILE or HTTP_PORT',
  );
}

/** It may come later; what is no file never becomes one. */
function requireBeaconFile(settings: ServerSettings): void {
  const { DRAW_BEACON_FILE: path } = settings.configuration;
  const stats = path === undefined ? undefined : statOf(path);
  const other = stats && otherThanFile(stats);
  if (other === undefined) return;
  throw wrongSetting(settings, 'DRAW_BEACON_FILE', `${path} is ${other}; allowed is a regular file`);
}

function chainNamed(settings: ServerSettings, name: string): BeaconChain {
  const chains = chainsOf(settings);
  const chain = chains.get(name);
  if (chain !== undefined) return chain;
  const known = [...chains.keys()].join(', ');
  throw wrongSetting(settings, 'DRAW_NUMBER', `no chain ${name} is known; allowed is ${known}`);
}

function chainsOf(settings: ServerSettings): ReadonlyMap<string, BeaconChain> {
  const { RECEIPTS_POLICY: path } = settings.configuration;
  if (path === undefined) return chainsIn('');
  const text = readNamedFile({ setting: `${settingName(settings, 'RECEIPTS_POLICY')}:`, path });
  try {
    return chainsIn(text.toString());
  } catch (error) {
    if (error instanceof BeaconTextError)
      throw wrongSetting(settings, 'RECEIPTS_POLICY', `${path}: ${oneLine(error)}`);
    throw error;
  }
}

function requireDeadlineBefore(settings: ServerSettings, closeAtSeconds: number): void {
  const { DRAW_DEADLINE: deadline } = settings.configuration;
  if (deadline === undefined || !('atMs' in deadline)) return;
  if (deadline.atMs <= closeAtSeconds * MS_PER_SECOND) return;
  throw wrongSetting(
    settings,
    'DRAW_DEADLINE',
    `it is too late for the round of DRAW_NUMBER; allowed is a time up to ${timeText(closeAtSeconds)} (DRAW_MARGIN before the round)`,
  );
}
