import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import { inProject } from '../../../../program/own_files';
import type { Telemetry } from '../../../telemetry/telemetry';

/** Which server this is, among others and among those that ran before it. */
export interface ServerIdentity {
  /** The name of its machine, or of its container. */
  readonly host: string;
  readonly version: string;
  /** A new one after each start. */
  readonly run: string;
}

/** Which server this is. */
export function serverIdentity({ startedAtMs }: Telemetry): ServerIdentity {
  return { host: hostname(), version: VERSION, run: String(startedAtMs) };
}

const VERSION = readVersion();

/** A server whose package file was not brought along serves all the same. */
function readVersion(): string {
  try {
    const text = readFileSync(inProject('server/package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
