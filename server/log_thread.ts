/** The thread of the log: it follows the ledger, signs checkpoints and gives receipts, so that no bet waits for it. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import { oneLine } from '../program/exit';
import { noteSigner } from '../transparency/notes/note';
import type { LeafSource } from './ledger/leaf_source';
import { LedgerUnavailable } from './ledger/ledger';
import type { SharedValues } from './ledger/shared_values';
import { isDamage } from './ledger/sqlite/damage';
import { FollowedLedger, openLeafSource, openSharedValues } from './open_shared_log';
import { controlFrames } from './transparency/control_frames';
import { LogBuilder } from './transparency/log_builder';
import { LogDamaged } from './transparency/log_damaged';
import { LogFolder } from './transparency/log_folder';
import { LogFollower } from './transparency/log_follower';
import { saltSecret, signingKey } from './transparency/log_keys';
import type { FromLogThread, LogRequest, LogThreadStart, ToLogThread } from './transparency/log_messages';
import { fetchBeacon } from './transparency/result_source';
import { shareSeal, takeSharedSeal } from './transparency/shared_seal';

/** The highest number is the lowest priority. */
const PRIORITY = 10;

const port = parentPort;

async function run({ ledger, folder, terms, keyPem }: LogThreadStart): Promise<void> {
  yieldToOthers();
  const key = signingKey(keyPem);
  const signer = noteSigner(terms.origin, key);
  const source = await openLeafSource(ledger as FollowedLedger);
  const shared = await openSharedValues(ledger as FollowedLedger);
  const identity = { terms, signer, saltSecret: saltSecret(key, terms.origin) };
  const logFolder = new LogFolder(folder);
  const builder = new LogBuilder(identity, logFolder);
  let isOpen = false;
  const tell = (): void => {
    if (isOpen) say({ kind: 'published', progress: builder.progress });
  };
  const follower = new LogFollower(source, builder, {
    onPublished: tell,
    onWaiting: (reason) => say({ kind: 'waiting', reason }),
    beforeResult: async () => {
      await fetchBeacon(logFolder, shared);
      if (shared !== undefined) await takeSharedSeal(shared, builder);
    },
  });
  port?.on('message', (message: ToLogThread) => {
    if (message.kind === 'look') return follower.look();
    if (message.kind === 'stop') return follower.stop();
    const { id } = message;
    answer(message, { builder, source, shared })
      .catch(nothingWhileUnavailable)
      .then((bytes) => {
        if (message.kind === 'cosignature') tell();
        say({ kind: 'answer', id, bytes });
      })
      .catch(fail);
  });
  await follower.catchUp();
  isOpen = true;
  tell();
  await follower.follow();
  // Receipts are given until the end of the program, and the control may ask for all leaves again.
  await follower.stopped;
  await Promise.all([source.close(), shared?.close()]);
  port?.close();
}

/** What requests are answered from. */
interface AnswerParts {
  readonly builder: LogBuilder;
  readonly source: LeafSource;
  readonly shared: SharedValues | undefined;
}

async function answer(
  request: LogRequest,
  { builder, source, shared }: AnswerParts,
): Promise<Buffer | undefined> {
  switch (request.kind) {
    case 'receipt':
      return builder.receiptOf(request.agency, request.batchId);
    case 'leaves':
      return controlFrames(builder, source, request.after, request.limit);
    case 'add-checkpoint':
      return builder.addCheckpointBody(request.which, request.old);
    case 'cosignature': {
      const note = builder.addCosignature(request.which, request.size, request.line);
      if (note !== undefined && request.which === 'sealed' && shared !== undefined)
        await shareSeal(shared, note);
      return note;
    }
  }
}

/** A ledger that is out of reach does not end the log: who has asked asks again. */
function nothingWhileUnavailable(error: unknown): undefined {
  if (!(error instanceof LedgerUnavailable)) throw error;
}

/** On Linux a thread can have a priority of its own: bets that come go before their receipts. */
function yieldToOthers(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), PRIORITY);
  } catch {
    // Elsewhere it has the priority of the others.
  }
}

function say(message: FromLogThread): void {
  port?.postMessage(message);
}

function fail(error: unknown): void {
  say({ kind: 'failed', reason: oneLine(error), isDamaged: isDamage(error) || error instanceof LogDamaged });
}

run(workerData as LogThreadStart).catch(fail);
