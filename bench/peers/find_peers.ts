/** Other stores, where they are installed: what stands beside the lottery's server with `--peers`. */
import { oneLine } from '../../program/exit';
import { Contestant, inFolder } from '../contestants';
import { nats } from './nats';
import { postgresql } from './postgresql';
import { redis } from './redis';

/** A store that is not measured. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** The stores that can be measured here, and those that cannot. */
export interface FoundPeers {
  readonly peers: readonly Contestant[];
  readonly leftOut: readonly LeftOut[];
}

const CANDIDATES: readonly { readonly name: string; readonly create: () => Contestant }[] = [
  { name: 'Redis', create: redis },
  { name: 'NATS JetStream', create: () => nats('default') },
  { name: 'NATS JetStream, synced', create: () => nats('always') },
  { name: 'PostgreSQL', create: postgresql },
];

/**
 * Finds the stores that are installed and starts each once: one that does not start is left out, with the reason.
 *
 * @param folder where the stores' files will lie while they are measured, so that one that cannot reach it is known
 */
export async function findPeers(folder: string): Promise<FoundPeers> {
  const peers: Contestant[] = [];
  const leftOut: LeftOut[] = [];
  for (const { name, create } of CANDIDATES) {
    try {
      const peer = create();
      await inFolder(folder, async (own) => (await peer.start(own)).stop());
      peers.push(peer);
    } catch (error) {
      leftOut.push({ name, reason: oneLine(error) });
    }
  }
  return { peers, leftOut };
}
