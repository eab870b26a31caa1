import { NatsWire } from '../peers/wires/nats_wire';
import { PostgresqlWire } from '../peers/wires/postgresql_wire';
import { ROWS_FORM } from '../peers/wires/postgresql_rows';
import { RedisWire } from '../peers/wires/redis_wire';
import { LotteryWire } from './lottery_wire';
import { Wire, WireOptions } from './wire';

/** The ways of speaking that there are. */
export type WireName = 'lottery' | 'redis' | 'nats' | 'postgresql' | 'postgresql-rows';

/** One connection's side of a conversation with a server. */
export function createWire(name: WireName, options: WireOptions): Wire {
  switch (name) {
    case 'lottery':
      return new LotteryWire(options);
    case 'redis':
      return new RedisWire(options);
    case 'nats':
      return new NatsWire(options);
    case 'postgresql':
      return new PostgresqlWire(options);
    case 'postgresql-rows':
      return new PostgresqlWire(options, ROWS_FORM);
  }
}
