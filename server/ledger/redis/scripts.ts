/** The scripts that are sent to the database whole: they need no functions there. */
import { OperationError } from '../../../program/exit';
import { besideCode } from '../../../program/own_files';
import { readScripts, withConstants } from '../remote/script_files';
import { LUA_CONSTANTS } from './database_constants';

/** A script of the folder `scripts`, by its name. */
export type ScriptName = 'snapshot.lua' | 'settle.lua' | 'replace_value.lua';

/** Reads a script. @throws OperationError when it is not there */
export function readScript(name: ScriptName): string {
  const found = readScripts(besideCode('server/ledger/redis/scripts'), '.lua').find(
    (script) => script.name === name,
  );
  if (found === undefined)
    throw new OperationError(`the server's scripts are not whole: ${name} is not there`);
  return withConstants(found.text, LUA_CONSTANTS);
}
