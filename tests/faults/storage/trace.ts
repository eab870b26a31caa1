/** The trace that storage_layer.c writes, read as it is defined there. */
import { readFileSync } from 'node:fs';

/** One call that the process made, in the order of their effects. */
export type TraceRecord =
  | { readonly kind: 'process' }
  | { readonly kind: 'open'; readonly handle: number; readonly name: string; readonly isNew: boolean }
  | { readonly kind: 'make-folder'; readonly name: string }
  | { readonly kind: 'write'; readonly handle: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly handle: number; readonly length: number }
  | { readonly kind: 'sync-begin'; readonly handle: number; readonly sync: number }
  | { readonly kind: 'sync-end'; readonly handle: number; readonly sync: number; readonly isDone: boolean }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'network'; readonly connection: number; readonly bytes: Buffer }
  | { readonly kind: 'fault'; readonly what: string };

const HEADER_BYTES = 24;

/**
 * Reads a whole trace.
 *
 * @throws Error when the process made a call that is not modelled: nothing could be concluded from the trace
 */
export function readTrace(file: string): TraceRecord[] {
  const bytes = readFileSync(file);
  const records: TraceRecord[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + bytes.readUInt32LE(start);
    records.push(recordOf(bytes.subarray(start, end)));
    start = end;
  }
  return records;
}

function recordOf(bytes: Buffer): TraceRecord {
  const letter = String.fromCharCode(bytes[4]!);
  const handle = bytes.readUInt32LE(8);
  const error = bytes.readUInt32LE(12);
  const offset = Number(bytes.readBigUInt64LE(16));
  const payload = bytes.subarray(HEADER_BYTES);
  switch (letter) {
    case 'B':
      return { kind: 'process' };
    case 'O':
      return { kind: 'open', handle, name: payload.toString(), isNew: bytes[5] === 1 };
    case 'D':
      return { kind: 'make-folder', name: payload.toString() };
    case 'W':
      return { kind: 'write', handle, offset, bytes: payload };
    case 'T':
      return { kind: 'truncate', handle, length: offset };
    case 's':
      return { kind: 'sync-begin', handle, sync: offset };
    case 'S':
      return { kind: 'sync-end', handle, sync: offset, isDone: error === 0 };
    case 'U':
      return { kind: 'unlink', name: payload.toString() };
    case 'R': {
      const [from = '', to = ''] = payload.toString().split('\0');
      return { kind: 'rename', from, to };
    }
    case 'N':
      return { kind: 'network', connection: handle, bytes: payload };
    case 'F':
      return { kind: 'fault', what: payload.toString() };
    default:
      throw new Error(`the trace holds what is not modelled: ${letter} ${payload.toString()}`);
  }
}
