/**
 * Files of SQL or Lua beside the modules that send them to the store. The build copies them beside the compiled modules
 * (copy_scripts.mjs).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../../program/exit';

/** A file of a folder. */
export interface ScriptFile {
  readonly name: string;
  readonly text: string;
}

/** What stands for a constant's value, by its name. */
export type ScriptConstants = Readonly<Record<string, string | number | bigint>>;

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/**
 * Puts the constants' values in place of `${NAME}`.
 *
 * @throws OperationError when a name is unknown
 */
export function withConstants(text: string, constants: ScriptConstants): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
    if (value === undefined) {
      throw new OperationError(`the server's scripts name ${placeholder}, which is unknown`);
    }
    return String(value);
  });
}

/**
 * The files of a folder whose names end like this, in the order of their names.
 *
 * @throws OperationError when they cannot be read
 */
export function readScripts(folder: string, extension: '.sql' | '.lua'): readonly ScriptFile[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(extension));
    return names.sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  } catch (error) {
    throw new OperationError(`the server's scripts cannot be read: ${oneLine(error)}`);
  }
}
