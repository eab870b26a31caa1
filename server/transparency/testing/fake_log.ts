/** A log and a control's key, for tests of what is cosigned. */
import { createPublicKey } from 'node:crypto';

import { checkpointText } from '../../../transparency/notes/checkpoint';
import { cosign, cosignerKey } from '../../../transparency/notes/cosignature';
import { noteSigner, parseVerifierKey, signedNote } from '../../../transparency/notes/note';
import { keyOfByte } from '../../../transparency/notes/testing/keys';
import type { LogProgress, WitnessedCheckpoint } from '../log_messages';

/** Signs as the log. */
export const LOG = noteSigner('log.example', keyOfByte(1));
/** The name under which the control cosigns. */
export const NAME = 'control.example';
/** Its key. */
export const CONTROL_KEY = keyOfByte(2);
/** Verifies its cosignatures. */
export const VERIFIER = parseVerifierKey(cosignerKey(NAME, createPublicKey(CONTROL_KEY)));
/** When it cosigns, in seconds since 1970. */
export const TIME_S = 1_795_000_000;

/** The first three lines of the note in a body of `add-checkpoint`. */
const textIn = (body: string): string => `${body.split('\n\n')[1]}\n`;
/** Of how many leaves the checkpoint in such a body is. */
export const sizeOf = (body: string): number => Number(textIn(body).split('\n')[1]);
/** The line of the control's cosignature of it. */
export const cosigned = (body: string, key = CONTROL_KEY): string => cosign(textIn(body), NAME, key, TIME_S);

/** A log whose checkpoints have a size and nothing else. */
export class FakeLog {
  progress: LogProgress = { size: 5, isSealed: false, hasResult: false, signers: [], sealSigners: [] };
  readonly sealedSize = 8;
  readonly lines: Record<WitnessedCheckpoint, string> = { latest: '', sealed: '' };
  readonly kept: [WitnessedCheckpoint, number][] = [];
  hasSeal = false;
  canKeep = true;
  canRead = true;

  addCheckpointBody(which: WitnessedCheckpoint, old: number): Promise<Buffer | undefined> {
    const size = which === 'latest' ? this.progress.size : this.sealedSize;
    if (!this.canRead || old > size || (which === 'sealed' && !this.hasSeal))
      return Promise.resolve(undefined);
    const text = checkpointText({ origin: LOG.name, size, root: Buffer.alloc(32, size) });
    const note = `${signedNote(text, LOG.sign(text))}${this.lines[which]}`;
    return Promise.resolve(Buffer.from(`old ${old}\n\n${note}`));
  }

  addCosignature(which: WitnessedCheckpoint, size: number, line: string): Promise<boolean> {
    if (!this.canKeep) return Promise.resolve(false);
    this.kept.push([which, size]);
    this.lines[which] = line;
    return Promise.resolve(true);
  }

  seal(more: Partial<LogProgress> = {}): void {
    this.hasSeal = true;
    this.progress = { ...this.progress, size: this.sealedSize, isSealed: true, ...more };
  }
}
