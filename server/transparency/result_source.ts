import { join } from 'node:path';

import { BeaconTextError, beaconText, parseBeacon } from '../../transparency/draw/beacon_text';
import type { Beacon } from '../../transparency/draw/beacon';
import type { NumberSource, ResultSource } from '../../transparency/draw/entries';
import { numberOf, seedText } from '../../transparency/draw/number';
import { sha256 } from '../../transparency/tree/hash';
import type { SharedValues } from '../ledger/shared_values';
import { attempt } from './folder_values';
import { LogDamaged } from './log_damaged';
import type { LogFolder } from './log_folder';

/** The round that the number follows from: it is there before the draw. */
const BEACON_FILE = join('result', 'beacon');
/** The same among the values that servers share. */
const SHARED_BEACON = 'beacon';

/**
 * The round that was taken for the draw.
 *
 * @returns `undefined` where none was
 * @throws LogDamaged when it is not what was written; the file system's error
 */
export function readBeacon(folder: LogFolder): Beacon | undefined {
  const bytes = folder.read(BEACON_FILE);
  return bytes && beaconIn(bytes);
}

function beaconIn(bytes: Buffer): Beacon {
  try {
    return parseBeacon(bytes.toString());
  } catch (error) {
    if (error instanceof BeaconTextError) throw new LogDamaged(`its ${BEACON_FILE}: ${error.message}`);
    throw error;
  }
}

/**
 * The round that was taken for the draw, whichever server has taken it: it stands in the folder afterwards.
 *
 * @param shared what the servers share; `undefined` where there is one alone
 * @returns `undefined` where none was
 * @throws LedgerUnavailable when it cannot be read or written now
 * @throws LogDamaged when it is not what was written
 */
export async function fetchBeacon(
  folder: LogFolder,
  shared: Pick<SharedValues, 'read'> | undefined,
): Promise<Beacon | undefined> {
  const here = await attempt(() => readBeacon(folder));
  const bytes = here === undefined ? await shared?.read(SHARED_BEACON) : undefined;
  if (bytes === undefined) return here;
  const beacon = beaconIn(bytes);
  await attempt(() => writeBeacon(folder, beacon));
  return beacon;
}

/** Keeps the round for all servers, durably. @throws LedgerUnavailable */
export async function shareBeacon(shared: SharedValues, beacon: Beacon): Promise<void> {
  await shared.replace(SHARED_BEACON, undefined, Buffer.from(beaconText(beacon)));
}

/** Keeps the round that the number follows from, durably. @throws the file system's error */
export function writeBeacon(folder: LogFolder, beacon: Beacon): void {
  folder.write(BEACON_FILE, Buffer.from(beaconText(beacon)), { isDurable: true });
  folder.sync();
}

/** What the number is taken from. @param sealedText the three lines of the sealed checkpoint */
export function seedOf(sealedText: string, chainHash: string, { round, signature }: Beacon): Buffer {
  return sha256(Buffer.from(seedText({ sealedText, chainHash, round, signature })));
}

/**
 * How the number of a draw that has run came about.
 *
 * @param number that of the draw
 * @throws LogDamaged when the round is not there, or gives another number; the file system's error
 */
export function resultSource(
  source: NumberSource,
  number: number,
  sealedText: string,
  folder: LogFolder,
): ResultSource {
  if (source.kind !== 'drand') return { kind: source.kind };
  const beacon = readBeacon(folder);
  if (beacon === undefined) {
    throw new LogDamaged(`it has no ${BEACON_FILE} any more: put round ${source.round} there again`);
  }
  const { round, signature } = beacon;
  const seed = seedOf(sealedText, source.chainHash, beacon);
  if (round !== source.round || numberOf(seed) !== number) {
    throw new LogDamaged(`the number of the draw does not follow from its ${BEACON_FILE}`);
  }
  return { kind: 'beacon', round, signature, seed };
}
