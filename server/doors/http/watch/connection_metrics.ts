/** The metrics of who is connected, of TLS handshakes and of certificates. What there is none of has no sample. */
import { Counter, Gauge, Registry } from 'prom-client';

import { PartyName, RIGHTS } from '../../../telemetry/presence';
import type { Telemetry } from '../../../telemetry/telemetry';
import { MAX_LISTED_AGENCIES } from './limits';

const MS_PER_SECOND = 1_000;

/** Adds them. */
export function addConnections(registry: Registry, telemetry: Telemetry): void {
  new Gauge({
    name: 'lottery_connected_agencies',
    help: 'Agencies that are connected to this server, by the right of their connections: the weakest of each.',
    labelNames: ['right'],
    registers: [registry],
    collect() {
      for (const right of RIGHTS) this.set({ right }, telemetry.presences.connectedAgencies(right));
    },
  });
  addHandshakes(registry, telemetry);
  addCertificates(registry, telemetry);
}

function addHandshakes(registry: Registry, telemetry: Telemetry): void {
  new Gauge({
    name: 'lottery_tls_handshakes',
    help: 'TLS handshakes that are under way, by door.',
    labelNames: ['door'],
    registers: [registry],
    collect() {
      for (const [door, { count }] of telemetry.handshakes) this.set({ door }, count);
    },
  });
  new Counter({
    name: 'lottery_tls_handshakes_failed_total',
    help: 'TLS handshakes that have failed since the server was started, by door; a certificate that was not believed is one.',
    labelNames: ['door'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [door, { failedCount }] of telemetry.handshakes) this.inc({ door }, failedCount);
    },
  });
}

function addCertificates(registry: Registry, telemetry: Telemetry): void {
  const hasAgencies = telemetry.terms.agencies <= MAX_LISTED_AGENCIES;
  new Gauge({
    name: 'lottery_certificate_expiry_timestamp_seconds',
    help: 'When certificates of this server expire, its revocation list, and the certificates of who is connected.',
    labelNames: ['certificate'],
    registers: [registry],
    collect() {
      // Who has left has no certificate here any more.
      this.reset();
      const first = new Map<string, number>();
      for (const { name, expiresAtMs } of telemetry.certificates) {
        first.set(name, Math.min(expiresAtMs, first.get(name) ?? Infinity));
      }
      for (const [party, expiresAtMs] of telemetry.presences.certificates()) {
        if (hasAgencies || typeof party !== 'number') first.set(nameOf(party), expiresAtMs);
      }
      for (const [certificate, expiresAtMs] of first) {
        if (Number.isFinite(expiresAtMs)) this.set({ certificate }, expiresAtMs / MS_PER_SECOND);
      }
    },
  });
}

function nameOf(party: PartyName): string {
  return typeof party === 'number' ? `agency ${party}` : party;
}
