import { DrawDeadline } from '../../server/ledger/draw';
import { Ledger } from '../../server/ledger/ledger';
import { LedgerWatch } from './ledger_watch';
import { LifeClock } from './life_clock';

/** How a server is set up in one of its lives. */
export interface ServerSetup {
  readonly deadline: DrawDeadline | undefined;
  readonly actsOnOverdue: boolean;
}

/** Where simulated servers keep their bets, and the faults that it has. */
export interface SimulatedStorage {
  /** What is durable there. */
  readonly watch: LedgerWatch;
  /** While true, it fails most of the time. */
  isFailing: boolean;
  /** Opens the ledger for one life of a server. */
  open(life: LifeClock, setup: ServerSetup): Promise<Ledger>;
  /** To be called at the end of each turn. */
  look(): void;
  /** A server whose life has ended has gone. */
  killed(life: LifeClock): void;
  /** What befalls one of the next commits, by chance. */
  strike(): void;
  /** Looks at everything once more. */
  checkEnd(): void;
  /** Leaves nothing behind. */
  remove(): void;
}
