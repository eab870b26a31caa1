/** What a process has used, as Linux tells it. Elsewhere every figure is NaN. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux gives processor time in hundredths of a second (USER_HZ). */
const TICK_MS = 10;
/** Fields of /proc/PID/stat after the program's name, which may hold anything. */
const PARENT_FIELD = 1;
const TIME_FIELDS = [11, 12] as const;
const ENDED_CHILDREN_TIME_FIELDS = [13, 14] as const;

/** The processor time of a process, all its threads, in milliseconds. */
export function cpuMsOf(processId: number): number {
  return timeMs(processId, TIME_FIELDS);
}

/** The most memory that a process had resident so far, in MiB. */
export function peakMemoryMib(processId: number): number {
  return memoryMib(processId, 'VmHWM');
}

/** The memory that a process has resident, in MiB. */
export function residentMemoryMib(processId: number): number {
  return memoryMib(processId, 'VmRSS');
}

/** The processor time of a process and its children, those that have ended included, in milliseconds. */
export function cpuMsOfTree(processId: number): number {
  const ownMs = timeMs(processId, [...TIME_FIELDS, ...ENDED_CHILDREN_TIME_FIELDS]);
  return ownMs + sumOf(childrenOf(processId), cpuMsOf);
}

/**
 * The memory of a process and its children, in MiB. Of a single process, the most that it had so far; of several,
 * what they have now, with what they share counted once.
 */
export function memoryMibOfTree(processId: number): number {
  const children = childrenOf(processId);
  if (children.length === 0) return peakMemoryMib(processId);
  return sumOf(children, proportionalMib) + proportionalMib(processId);
}

/** Sums over children; one that has ended meanwhile has no figure. */
function sumOf(children: readonly number[], figureOf: (processId: number) => number): number {
  return children.reduce((sum, id) => sum + (figureOf(id) || 0), 0);
}

function childrenOf(processId: number): number[] {
  return processIds().filter((id) => Number(statFields(id)[PARENT_FIELD]) === processId);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function timeMs(processId: number, indexes: readonly number[]): number {
  const fields = statFields(processId);
  return indexes.reduce((sum, index) => sum + Number(fields[index]), 0) * TICK_MS;
}

function statFields(processId: number): string[] {
  const text = read(`/proc/${processId}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function proportionalMib(processId: number): number {
  const kibibytes = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${processId}/smaps_rollup`))?.[1];
  return Number(kibibytes ?? NaN) / 1_024;
}

function memoryMib(processId: number, field: string): number {
  const kibibytes = new RegExp(`${field}:\\s+(\\d+) kB`).exec(read(`/proc/${processId}/status`))?.[1];
  return Number(kibibytes ?? NaN) / 1_024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
