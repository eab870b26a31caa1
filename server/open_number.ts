/** A winning number that is given from outside, where the settings ask for one. Its modules are loaded only then. */
import { SYSTEM_CLOCK } from '../program/clock';
import { ConfigurationError, oneLine } from '../program/exit';
import type { Log } from '../program/log';
import { BeaconChain, Bls, chainHashOf, isPublicKey, roundSeconds } from '../transparency/draw/beacon';
import type { ServerSettings } from './config';
import type { GivenNumber } from './lottery/draw_number';
import type { AwaitedRound, BeaconWay } from './number/drand_number';
import { chosenNumberOf } from './number_settings';
import type { TransparencyLog } from './transparency/transparency_log';

const MS_PER_SECOND = 1_000;

/**
 * What gives the winning number.
 *
 * @param receipts the log, whose seal must be published before
 * @returns `undefined` where it was announced before the sale
 * @throws ConfigurationError where the settings do not fit
 */
export async function openNumber(
  settings: ServerSettings,
  receipts: Pick<TransparencyLog, 'folder' | 'shared'> | undefined,
  log: Log,
): Promise<GivenNumber | undefined> {
  const { terms, chain } = chosenNumberOf(settings);
  if (receipts === undefined || terms.number.kind === 'fixed') return undefined;
  const { LogFolder } = await import('./transparency/log_folder.js');
  const { NumberStore } = await import('./number/number_store.js');
  const store = new NumberStore(new LogFolder(receipts.folder), Date.now, receipts.shared);
  const callsOff = settings.configuration.DRAW_CALL_OFF === 'unless-known';
  if (terms.number.kind === 'entered' || chain === undefined || terms.closeAtSeconds === undefined) {
    const { EnteredNumber } = await import('./number/entered_number.js');
    return new EnteredNumber({ store, clock: SYSTEM_CLOCK, log, callsOff });
  }
  const bls = await loadBls();
  requireKey(chain, bls);
  const awaited = { chain, round: terms.number.round, closeAtSeconds: terms.closeAtSeconds };
  const { DrandNumber } = await import('./number/drand_number.js');
  const ways = await waysOf(settings, awaited, log);
  return new DrandNumber({ awaited, store, bls, ways, clock: SYSTEM_CLOCK, log, callsOff });
}

async function waysOf(
  settings: ServerSettings,
  { chain, round }: AwaitedRound,
  log: Log,
): Promise<BeaconWay[]> {
  const { DRAW_BEACON_FILE: file, DRAW_BEACON_URLS: urls } = settings.configuration;
  const ways: BeaconWay[] = [];
  if (file !== undefined) {
    const { BeaconFile } = await import('./number/beacon_file.js');
    ways.push(new BeaconFile(file, SYSTEM_CLOCK, log));
  }
  if (urls !== undefined) {
    const { BeaconRelays } = await import('./number/beacon_relays.js');
    const dueAtMs = roundSeconds(chain, round) * MS_PER_SECOND;
    const relayed = { chainHash: chainHashOf(chain), round, dueAtMs };
    ways.push(new BeaconRelays(urls, relayed, SYSTEM_CLOCK, Date.now, log));
  }
  return ways;
}

/** At the start, so that a server that could not check the round does not begin the sale. */
async function loadBls(): Promise<Bls> {
  try {
    const { bls12_381 } = await import('@noble/curves/bls12-381.js');
    return bls12_381;
  } catch (error) {
    throw new ConfigurationError(
      `DRAW_NUMBER: a beacon cannot be checked without the package @noble/curves: ${oneLine(error)}`,
    );
  }
}

function requireKey(chain: BeaconChain, bls: Bls): void {
  if (isPublicKey(chain.publicKey, bls)) return;
  throw new ConfigurationError(
    `RECEIPTS_POLICY: the public key of the chain ${chain.name} is no point of G2`,
  );
}
