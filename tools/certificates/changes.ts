/** Carries out what is wanted of a folder of certificates. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';
import { Contents, Held, SetAside } from './contents';
import { CertificateFolder } from './folder';
import { AUTHORITY, filesOf, holdersOf, SERVER, titleOf, uriOf } from './holders';
import { allHosts, hostsIn } from './hosts';
import { Issuer, numberOf, Revocation, Validity } from './issue';
import { CertificatesPlan, DEFAULT_DAYS, Former } from './plan';
import { dayOf, expiresSoon } from './standing';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A clock that shows local time as if it were UTC is wrong by up to 14 hours. */
const BEFORE_MS = DAY_MS;
const AUTHORITY_DAYS = 3650;

/** A certificate that is to be revoked; `aside` where it was replaced before. */
interface Found extends Former {
  readonly aside: SetAside | undefined;
}

/** The changes that a plan makes to a folder. */
export class Changes {
  readonly made: string[] = [];
  readonly renewed: string[] = [];
  readonly replaced: Former[] = [];
  readonly revoked: Former[] = [];
  isCutShort = false;
  readonly #plan: CertificatesPlan;
  readonly #now: Date;
  readonly #before: Contents;
  readonly #stop: AbortSignal | undefined;
  readonly #folder: CertificateFolder;
  #issuer: Issuer | undefined;

  constructor(plan: CertificatesPlan, now: Date, before: Contents, stop: AbortSignal | undefined) {
    this.#plan = plan;
    this.#now = now;
    this.#before = before;
    this.#stop = stop;
    this.#folder = new CertificateFolder(plan.out);
  }

  /** Makes them; what was done stands in the fields above, also when it fails half way. */
  async make(): Promise<void> {
    const { agencies, revoke = [] } = this.#plan;
    const renewals = this.#renewals();
    const found = revoke.map((target) => this.#found(target));
    const revocations = [...new Map(found.map((each) => [each.serialNumber, each])).values()];
    await this.#makeAuthority(renewals.includes(AUTHORITY));
    await this.#revoke(revocations);
    const gone = new Set(revocations.map(({ name, aside }) => (aside === undefined ? name : '')));
    for (const name of renewals) {
      if (name !== AUTHORITY)
        await this.#renew(name, gone.has(name) ? undefined : this.#before.holders.get(name));
    }
    for (const name of agencies === undefined ? [] : holdersOf(agencies)) {
      const isThere = this.#before.holders.has(name) && !gone.has(name);
      if (isThere || renewals.includes(name)) continue;
      await this.#issue(name);
      this.made.push(name);
    }
  }

  /** Who is to be renewed. */
  #renewals(): readonly string[] {
    const { out, renew = [], agencies } = this.#plan;
    const { authority, holders } = this.#before;
    const all = new Map(holders);
    if (authority !== undefined) all.set(AUTHORITY, authority);
    if (renew === 'due') {
      return [...all].filter(([, { until }]) => expiresSoon(until, this.#now)).map(([name]) => name);
    }
    const newOnes = agencies === undefined ? [] : [...holdersOf(agencies), AUTHORITY];
    const unknown = renew.find((name) => !all.has(name) && !newOnes.includes(name) && !this.#hasFile(name));
    if (unknown === undefined) return renew.filter((name) => all.has(name) || this.#hasFile(name));
    throw new ConfigurationError(`--renew: there is no certificate of ${unknown} in ${out}`);
  }

  #hasFile(name: string): boolean {
    return Object.values(filesOf(name)).some((file) => existsSync(join(this.#plan.out, file)));
  }

  async #makeAuthority(isRenewed: boolean): Promise<void> {
    const validity = this.#validity(AUTHORITY_DAYS);
    if (this.#before.authority === undefined) {
      // So that people can tell one from another.
      const issued = await Issuer.make(`lottery CA ${randomBytes(4).toString('hex')}`, validity);
      await this.#folder.writePair(AUTHORITY, issued);
      this.#issuer = await Issuer.of(issued);
      this.made.push(AUTHORITY);
    } else if (isRenewed) {
      const certificate = await (await this.#signer()).renewed(validity);
      await this.#folder.writeCertificate(AUTHORITY, certificate);
      this.#issuer = await Issuer.of({ certificate, key: this.#text(filesOf(AUTHORITY).key) });
      this.renewed.push(AUTHORITY);
    }
  }

  async #revoke(found: readonly Found[]): Promise<void> {
    const { revocations, setAside } = this.#before;
    const entries = new Map<string, Revocation>();
    const add = (serialNumber: string): void => {
      if (!entries.has(serialNumber)) entries.set(serialNumber, { serialNumber, date: this.#now });
    };
    for (const entry of revocations?.entries ?? []) entries.set(entry.serialNumber, entry);
    const known = entries.size;
    // A list that was lost or put back from an older copy.
    for (const { serialNumber, isRevoked } of setAside) if (isRevoked) add(serialNumber);
    for (const { serialNumber } of found) add(serialNumber);
    const isWanted = this.#plan.agencies !== undefined || this.renewed.length > 0 || found.length > 0;
    const isNew = revocations === undefined || entries.size > known || this.renewed.length > 0;
    if (isWanted && isNew) await this.#writeList([...entries.values()]);
    for (const { name, serialNumber, aside } of found) {
      if (aside === undefined) await this.#folder.putAside(name, serialNumber);
      else await this.#folder.renameRevoked(aside.file, name, serialNumber);
      this.revoked.push({ name, serialNumber });
    }
  }

  async #writeList(entries: readonly Revocation[]): Promise<void> {
    const issuer = await this.#signer();
    const last = this.#before.revocations;
    const number = (last === undefined ? entries.length : numberOf(last.list)) + 1;
    const validity = { ...this.#validity(0), until: issuer.certificate.notAfter };
    await this.#folder.writeRevocations(await issuer.listRevoked({ number, entries, ...validity }));
  }

  /** What a word of `--revoke` names. */
  #found(target: string): Found {
    for (const [name, { serialNumber }] of this.#before.holders) {
      if (name === target || serialNumber === target.toLowerCase())
        return { name, serialNumber, aside: undefined };
    }
    const aside = this.#before.setAside.find(({ serialNumber }) => serialNumber === target.toLowerCase());
    if (aside === undefined || aside.isRevoked) {
      const state = aside === undefined ? 'there is no certificate' : 'revoked already is the certificate';
      throw new ConfigurationError(`--revoke: ${state} ${target} in ${this.#plan.out}`);
    }
    return { name: aside.holder, serialNumber: aside.serialNumber, aside };
  }

  async #renew(name: string, old: Held | undefined): Promise<void> {
    if (old !== undefined && old.until > this.#now) {
      await this.#folder.keepReplaced(name, old.serialNumber);
      this.replaced.push({ name, serialNumber: old.serialNumber });
    }
    await this.#issue(name);
    this.renewed.push(name);
  }

  async #issue(name: string): Promise<void> {
    this.#stop?.throwIfAborted();
    const issuer = await this.#signer();
    const { notAfter } = issuer.certificate;
    if (notAfter <= this.#now) {
      const file = join(this.#plan.out, filesOf(AUTHORITY).certificate);
      throw new ConfigurationError(`${file} expired on ${dayOf(notAfter)}: --renew ca makes it good again`);
    }
    const { from, until } = this.#validity(this.#plan.days ?? DEFAULT_DAYS);
    if (until > notAfter) this.isCutShort = true;
    const uri = uriOf(name);
    const issued = await issuer.issue({
      name: titleOf(name),
      ...(uri === undefined ? { purpose: 'server', hosts: this.#hosts() } : { purpose: 'client', uri }),
      from,
      until: until > notAfter ? notAfter : until,
    });
    await this.#folder.writePair(name, issued);
  }

  #hosts(): string[] {
    const old = this.#before.holders.get(SERVER);
    return allHosts(this.#plan.hosts ?? (old === undefined ? [] : hostsIn(old.certificate)));
  }

  /** Reads the authority's key where something is to be signed. */
  async #signer(): Promise<Issuer> {
    if (this.#issuer !== undefined) return this.#issuer;
    const { certificate, key } = filesOf(AUTHORITY);
    const file = join(this.#plan.out, key);
    if (!this.#before.hasAuthorityKey) {
      throw new ConfigurationError(
        `${file} is missing, and is needed to make or revoke a certificate: put it back`,
      );
    }
    try {
      this.#issuer = await Issuer.of({ certificate: this.#text(certificate), key: this.#text(key) });
    } catch {
      throw new ConfigurationError(`${file} is no key with which this program can sign; allowed is EC P-256`);
    }
    return this.#issuer;
  }

  #text(file: string): string {
    return readFileSync(join(this.#plan.out, file), 'utf8');
  }

  #validity(days: number): Validity {
    const now = this.#now.getTime();
    return { from: new Date(now - BEFORE_MS), until: new Date(now + days * DAY_MS) };
  }
}
