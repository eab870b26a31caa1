/** Metrics without labels whose values are counted elsewhere and read at each scrape. */
import { Counter, Gauge, Registry } from 'prom-client';

/** Adds a counter: a number that only grows. */
export function addCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

/** Adds a gauge: a number that goes up and down. While `read` gives `undefined` it has no sample. */
export function addGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | undefined,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const value = read();
      // Without a value the library would write 0, which says something else.
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
