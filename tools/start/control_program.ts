/** The internal control of a run: a program of its own, which counts all bets again. */
import { join } from 'node:path';

import { ChildProgram } from '../child_program';
import type { Proofs } from './proofs';

/**
 * Starts the control.
 *
 * @throws OperationError when it cannot be started
 */
export function startControl(compiledFolder: string, runFolder: string, proofs: Proofs): ChildProgram {
  return new ChildProgram({
    name: 'the control',
    compiledFolder,
    module: join('control', 'main.js'),
    logFile: join(runFolder, 'control.log'),
    settings: { ...proofs.controlSettings, CONTROL_DATA_DIR: join(runFolder, 'control') },
  });
}
