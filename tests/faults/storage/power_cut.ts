/** Cuts a trace at many points and checks what the disk may hold there. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { Stage } from '../../support/programs';
import { Disk, SyncFilter } from './disk';
import { CutManner } from './disk_file';
import { checkImage } from './image_check';
import { PromiseReader, Promises } from './promises';
import { Random } from '../../../tools/random';
import { Scene } from './scene';
import { TraceRecord } from './trace';

/** How the cuts are played. */
export interface CutPlan {
  readonly records: readonly TraceRecord[];
  readonly scene: Scene;
  /** Where the images lie and the servers run that draw from them. */
  readonly stage: Stage;
  readonly seed: number;
  /** After how many records each cut falls, ascending. */
  readonly cuts: readonly number[];
  /** How many disks are put together for each cut; one when left out. */
  readonly imagesPerCut?: number;
  readonly believedSyncs?: SyncFilter;
  /** Stop when so many cuts were found to break a promise; never, when left out. */
  readonly enough?: number;
}

/** What the cuts have shown. */
export interface CutReport {
  readonly images: number;
  /** Each cut that broke a promise, with the first things that are wrong. */
  readonly broken: string[];
}

/** Plays all cuts of a plan. */
export async function playCuts(plan: CutPlan): Promise<CutReport> {
  const disk = new Disk(plan.believedSyncs);
  const reader = new PromiseReader((documents) => plan.scene.agencyOfWin(documents));
  const broken: string[] = [];
  let taken = 0;
  let images = 0;
  for (const cut of plan.cuts) {
    for (; taken < cut; taken++) {
      disk.take(plan.records[taken]!, taken);
      reader.take(plan.records[taken]!);
    }
    for (let image = 0; image < (plan.imagesPerCut ?? 1); image++) {
      images++;
      const violations = await playOneImage(plan, disk, reader.promises, `${plan.seed},${cut},${image}`);
      if (violations !== undefined) broken.push(violations);
      if (broken.length === plan.enough) return { images, broken };
    }
  }
  return { images, broken };
}

/** @param name decides what of the uncertain is found */
async function playOneImage(
  { scene, stage }: CutPlan,
  disk: Disk,
  promises: Promises,
  name: string,
): Promise<string | undefined> {
  const random = new Random(crc32(name));
  const manner = mannerOf(random);
  const image = mkdtempSync(join(stage.folder, 'image-'));
  disk.writeAfterCut(image, manner, random);
  const ledger = join(image, 'ledger');
  mkdirSync(ledger, { recursive: true });
  const violations = await checkImage(stage, ledger, scene, promises, random);
  rmSync(image, { recursive: true });
  if (violations.length === 0) return undefined;
  return `seed, cut, image ${name}: ${manner}: ${violations.slice(0, 3).join('; ')}`;
}

function mannerOf(random: Random): CutManner {
  return random.pick(['drop-all', 'drop-all', 'each-by-chance', 'each-by-chance', 'first-ones', 'keep-all']);
}

/**
 * Chooses cuts: two of five right before or after an ACK or a WIN, two of five right before or after a sync begins
 * or ends, a fault, or a change that is no commit's (a folder, a name, a length, the database itself), the others
 * anywhere.
 *
 * @param from no cut falls before so many records
 */
export function chooseCuts(
  records: readonly TraceRecord[],
  scene: Scene,
  count: number,
  random: Random,
  from = 0,
): number[] {
  const reader = new PromiseReader((documents) => scene.agencyOfWin(documents));
  const nearPromises: number[] = [];
  const nearSyncs: number[] = [];
  const databases = databaseWrites(records);
  for (const [index, record] of records.entries()) {
    const isPromise = reader.take(record);
    if (index < from) continue;
    if (isPromise) nearPromises.push(index, index + 1);
    else if (databases.has(index) || isTurningPoint(record)) nearSyncs.push(index, index + 1);
  }
  const anywhere = Array.from({ length: records.length + 1 - from }, (_, index) => from + index);
  const share = Math.ceil((count * 2) / 5);
  const chosen = new Set([...random.sample(nearPromises, share), ...random.sample(nearSyncs, share)]);
  for (const cut of random.sample(anywhere, count)) if (chosen.size < count) chosen.add(cut);
  return [...chosen].sort((one, other) => one - other);
}

function isTurningPoint({ kind }: TraceRecord): boolean {
  return ['sync-begin', 'sync-end', 'make-folder', 'unlink', 'truncate', 'fault'].includes(kind);
}

/** The records that write to the database itself, in a checkpoint or when it is made. */
export function databaseWrites(records: readonly TraceRecord[]): Set<number> {
  const handles = new Set<number>();
  const writes = new Set<number>();
  for (const [index, record] of records.entries()) {
    if (record.kind === 'process') handles.clear();
    else if (record.kind === 'open' && record.name.endsWith('.db')) handles.add(record.handle);
    else if (record.kind === 'write' && handles.has(record.handle)) writes.add(index);
  }
  return writes;
}

/** Where the trace and the files that the process left differ: nothing, or no conclusion could be drawn from it. */
export function differences(records: readonly TraceRecord[], files: ReadonlyMap<string, Buffer>): string[] {
  const disk = new Disk();
  for (const [index, record] of records.entries()) disk.take(record, index);
  const names = new Set([...disk.view.keys(), ...files.keys()]);
  return [...names].filter((name) => {
    const [one, other] = [disk.view.get(name), files.get(name)];
    return one === undefined || other === undefined || !one.equals(other);
  });
}
