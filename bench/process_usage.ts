/** What a process has used, as Linux tells it. Elsewhere every figure is NaN. */
import { readFileSync } from 'node:fs';

/** Linux gives processor time in hundredths of a second (USER_HZ). */
const TICK_MS = 10;
/** Fields of /proc/PID/stat behind the program's name, which may hold anything: utime and stime. */
const USER_TIME_FIELD = 11;

/** The processor time of a process, all its threads, in milliseconds. */
export function cpuMsOf(processId: number): number {
  const text = read(`/proc/${processId}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME_FIELD]) + Number(fields[USER_TIME_FIELD + 1])) * TICK_MS;
}

/** The most memory that a process had resident so far, in MiB. */
export function peakMemoryMib(processId: number): number {
  return memoryMib(processId, 'VmHWM');
}

/** The memory that a process has resident, in MiB. */
export function residentMemoryMib(processId: number): number {
  return memoryMib(processId, 'VmRSS');
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
