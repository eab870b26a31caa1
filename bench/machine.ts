import { cpus, totalmem } from 'node:os';

/** Where the figures are from. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGib: number;
  readonly node: string;
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  const all = cpus();
  return {
    cores: all.length,
    model: all[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
  };
}

/** The machine on a line. */
export function machineText({ cores, model, memoryGib, node }: Machine): string {
  return `${cores} × ${model}, ${memoryGib} GiB, Node ${node}\n`;
}
