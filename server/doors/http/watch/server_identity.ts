import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { extname, join } from 'node:path';

import type { Telemetry } from '../../../telemetry/telemetry';

/** The project's root: compiled code lies one folder deeper than the sources, which tests run. */
const ROOT = join(__dirname, '..', '..', '..', '..', extname(__filename) === '.ts' ? '' : '..');

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
    const text = readFileSync(join(ROOT, 'server', 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
