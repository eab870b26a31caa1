/** What mutual TLS costs: agencies over it beside plain TCP, on the same server. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { inFolder } from '../contestants';
import { handshakesText, idleMemoryText, securedLatencyText, securedText } from '../report/tls_text';
import { BatchShare, sharesOf, sumUp, ThroughputFigures } from '../report/throughput_table';
import { measureThroughput, runText, ThroughputPlan } from '../throughput';
import { HandshakeFigures, HandshakesPlan, measureHandshakes, sumUpHandshakes } from './handshakes';
import { IdleMemoryFigures, IdleMemoryPlan, measureIdleMemory } from './idle_memory';
import { makeBenchCertificates, MUTUAL_TLS, PLAIN, tlsContestants } from './tls_contestants';

const HANDSHAKES_TOGETHER = 8;

/** What is measured over TLS; the certificates are made for it. */
export interface TlsPlan {
  readonly taking: Omit<ThroughputPlan, 'contestants'>;
  readonly latency: Omit<ThroughputPlan, 'contestants'>;
  readonly handshakes: Omit<HandshakesPlan, 'certificates'>;
  readonly idle: Omit<IdleMemoryPlan, 'certificates'>;
}

/** Everything that was measured over TLS. */
export interface TlsFigures {
  readonly throughput: readonly ThroughputFigures[];
  readonly shares: readonly BatchShare[];
  readonly latency: readonly ThroughputFigures[];
  readonly handshakes: readonly HandshakeFigures[];
  readonly idle: readonly IdleMemoryFigures[];
}

/** The whole of it, or what can be measured within a minute. */
export function tlsPlan({
  isQuick,
  rounds,
  folder,
}: {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly folder: string;
}): TlsPlan {
  const durations = isQuick ? { warmUpMs: 500, measureMs: 1_000 } : { warmUpMs: 1_000, measureMs: 2_000 };
  const common = { rounds, folder, ...durations };
  return {
    taking: { ...common, betCounts: [70, 200, 2_000], window: 8 },
    latency: { ...common, betCounts: [200], window: 1, connections: 1 },
    handshakes: { ...common, together: HANDSHAKES_TOGETHER },
    idle: { folder, connections: isQuick ? 1_000 : 10_000, idleMs: isQuick ? 500 : 3_000 },
  };
}

/**
 * Measures all of it, with certificates in a temporary folder that is removed.
 *
 * @param listener `say` takes the texts for people, `report` a line on each run
 * @throws OperationError when the server refuses or closes a connection
 */
export function measureTls(
  { taking, latency, handshakes, idle }: TlsPlan,
  { say, report }: Record<'say' | 'report', (text: string) => void>,
): Promise<TlsFigures> {
  return inFolder(tmpdir(), async (folder) => {
    const certificates = join(folder, 'certificates');
    await makeBenchCertificates(certificates);
    const contestants = tlsContestants(certificates);
    const runs = await measureThroughput({ ...taking, contestants }, (run) => report(runText(run)));
    const [throughput, shares] = [sumUp(runs, PLAIN), sharesOf(runs, MUTUAL_TLS, PLAIN)];
    say(securedText(throughput, shares));
    const single = await measureThroughput({ ...latency, contestants }, (run) => report(runText(run)));
    const latencies = sumUp(single, PLAIN);
    say(securedLatencyText(latencies));
    const begun = sumUpHandshakes(
      await measureHandshakes({ ...handshakes, certificates }, ({ beginning, connections }) =>
        report(`${beginning}: ${connections} connections`),
      ),
    );
    say(handshakesText(begun));
    const idling: IdleMemoryFigures[] = [];
    for (const name of [PLAIN, MUTUAL_TLS]) {
      idling.push(await measureIdleMemory({ ...idle, certificates }, name));
    }
    say(idleMemoryText(idling));
    return { throughput, shares, latency: latencies, handshakes: begun, idle: idling };
  });
}
