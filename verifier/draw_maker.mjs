/** Makes small draws as a server would publish them, true ones and, with tricks, forged ones: for the self-test alone. */
import { Buffer } from 'node:buffer';
import { createHash, createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';

export const ORIGIN = 'lottery.example/2026-12-22';
const SALT_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const NO_CHAIN = Buffer.alloc(32);

export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const same = (value) => value;

/** A key pair whose seed is one byte 32 times; type 1 signs as a log, type 4 as a witness. */
function keyOf(name, type, byte) {
  const seed = Buffer.alloc(32, byte);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const bytes = Buffer.concat([Buffer.of(type), Buffer.from(x, 'base64url')]);
  const id = sha256(`${name}\n`, bytes).subarray(0, 4);
  return { name, privateKey, id, verifierKey: `${name}+${id.toString('hex')}+${bytes.toString('base64')}` };
}

export const LOG_KEY = keyOf(ORIGIN, 1, 0x4c);
export const OTHER_LOG_KEY = keyOf(ORIGIN, 1, 0x58);
export const CONTROL_KEY = keyOf('ics.example/control', 4, 0x49);
export const OTHER_CONTROL_KEY = keyOf('ics.example/control', 4, 0x59);

const signatureLine = ({ name, id }, bytes) => `— ${name} ${Buffer.concat([id, bytes]).toString('base64')}\n`;

/** The signature of a log under a note's text. */
export const logSignature = (key, text) => signatureLine(key, sign(null, Buffer.from(text), key.privateKey));

/** The cosignature of a witness under a checkpoint. */
export function cosignature(key, text, seconds) {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signed = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
  return signatureLine(key, Buffer.concat([time, sign(null, signed, key.privateKey)]));
}

// The Merkle tree as RFC 6962 defines it, in its own words and slowly: nothing here is how the verifier does it.
const largestPowerBelow = (size) => 2 ** Math.ceil(Math.log2(size) - 1);

/** The hash of a tree over entries. */
export function treeHash(entries) {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256(Buffer.of(0), entries[0]);
  const border = largestPowerBelow(entries.length);
  return sha256(Buffer.of(1), treeHash(entries.slice(0, border)), treeHash(entries.slice(border)));
}

/** The path of an entry, from its sibling up. */
export function pathOf(index, entries) {
  if (entries.length <= 1) return [];
  const border = largestPowerBelow(entries.length);
  const [left, right] = [entries.slice(0, border), entries.slice(border)];
  if (index < border) return [...pathOf(index, left), treeHash(right)];
  return [...pathOf(index - border, right), treeHash(left)];
}

/** The text of a checkpoint over entries. */
export const checkpointText = (entries, origin = ORIGIN) =>
  `${origin}\n${entries.length}\n${treeHash(entries).toString('base64')}\n`;

/** A receipt of an entry. */
export function receiptOf({ index, entries, extra, checkpoint, path = pathOf(index, entries) }) {
  const lines = ['c2sp.org/tlog-proof@v1', `extra ${extra.toString('base64')}`, `index ${index}`];
  return `${[...lines, ...path.map((hash) => hash.toString('base64'))].join('\n')}\n\n${checkpoint}`;
}

// Bets, as rows and as the texts of a batch.

const bet = (first, last, document, birthdate, number) => ({ first, last, document, birthdate, number });
export const BETS = {
  1: [
    bet('Renata Isabel', 'Ibáñez', '31204458', '1987-03-17', '7574'),
    bet('Bruno "Tito"', 'Saavedra', '21689196', '2000-05-10', '12'),
    bet('Eva', 'Sol', '28111222', '1979-11-02', '7574'),
    bet('Leo', 'Sol', '00111223', '1996-02-29', '0'),
    bet('Ada', 'Paz', '28111224', '1979-11-03', '9999'),
  ],
  2: [
    bet('Zoe', 'Luna', '40111222', '1999-01-31', '12'),
    bet('Ian', 'Luna', '40111223', '1999-12-31', '7574'),
    bet('Mia', 'Luna', '40111224', '1900-01-01', '0012'),
  ],
  3: [],
};

const quoted = (text) => (text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text);

/** An agency's file: with quotes, lines that end with CRLF, and an empty line. */
export const csvOf = (bets) =>
  Buffer.from(
    bets
      .map(({ first, last, document, birthdate, number }) =>
        [quoted(first), `"${last}"`, document, birthdate, number].join(','),
      )
      .join('\r\n\r\n'),
  );

/** A batch of some of an agency's bets. */
export const batchOf = (agency, batch, ids, bets = BETS[agency]) => ({
  kind: 'batch',
  agency,
  batch,
  ids,
  bets: ids.map((id) => bets[id - 1]),
});
export const finishOf = (agency) => ({ kind: 'finish', agency });
export const SEAL = { kind: 'seal' };
export const RESULT = { kind: 'result' };

/** A sale of three agencies, one without a bet; the batches of agency 2 come in another order than their ids. */
export const SALE = [
  batchOf(1, 1, [1, 2]),
  batchOf(2, 2, [2, 3]),
  batchOf(1, 2, [3, 4]),
  batchOf(2, 1, [1]),
  finishOf(3),
  batchOf(1, 3, [5]),
  finishOf(1),
  finishOf(2),
];
export const DRAW = [...SALE, SEAL, RESULT];

/** The key of an agency's salts. */
export const agencyKeyOf = (agency) => hmac(SALT_KEY, `lottery-agency-salt/v1 ${agency}`);
export const saltOf = (agency, batch) => hmac(agencyKeyOf(agency), String(batch));

function commitmentOf({ agency, batch, ids, bets }) {
  const texts = bets.map(({ first, last, document, birthdate, number }, at) =>
    [agency, ids[at], first, last, document, birthdate, number].join(','),
  );
  const digest = sha256(`${agency},${batch},${ids.length},${ids.at(-1)};`, texts.join(';'));
  return sha256(saltOf(agency, batch), digest);
}

/**
 * Makes a draw and everything that is published of it.
 *
 * @param {{
 *   number: { kind: 'fixed' | 'entered', number: number } | { kind: 'drand', chainHash: string, round: number,
 *     closeSeconds: number, signature: Buffer },
 *   events?: object[], agencies?: number, policy?: Buffer, tricks?: Record<string, (value: any) => any>,
 *   numberOf?: (seed: Buffer) => number }} plan `tricks` change what they are named after, in {@link DrawMaker}
 */
export function makeDraw(plan) {
  return new DrawMaker({ events: DRAW, agencies: 3, tricks: {}, ...plan });
}

class DrawMaker {
  /** The entries of the tree, as bytes. */
  entries = [];
  /** The published files, by their paths. */
  files = new Map();
  #plan;
  #states = new Map();
  #numbers = new Map();
  #sealedText;

  constructor(plan) {
    this.#plan = plan;
    this.#add('terms', this.#terms());
    for (const event of plan.events) this.#add(event.kind, this[event.kind](event));
    this.#publish();
  }

  #trick(name, value) {
    return (this.#plan.tricks[name] ?? same)(value, this);
  }

  #add(kind, text) {
    const entry = Buffer.from(this.#trick(kind, text));
    this.entries.push(entry);
    if (kind === 'seal') this.#sealedText = checkpointText(this.entries, this.#plan.origin);
  }

  #terms() {
    const { number, agencies, policy, origin = ORIGIN } = this.#plan;
    const lines = ['lottery-terms/v1', `origin ${origin}`, `agencies ${agencies}`];
    if (number.kind === 'fixed') lines.push(`number fixed ${number.number}`);
    if (number.kind === 'entered') lines.push('number entered');
    if (number.kind === 'drand') {
      lines.push(`number drand ${number.chainHash} ${number.round}`, `close ${number.closeSeconds}`);
    }
    if (policy !== undefined) lines.push(`policy ${sha256(policy).toString('hex')}`);
    return `${lines.join('\n')}\n`;
  }

  #state(agency) {
    if (!this.#states.has(agency)) {
      this.#states.set(agency, { batches: 0, bets: 0, chain: NO_CHAIN, isFinished: false, events: [] });
    }
    return this.#states.get(agency);
  }

  batch(event) {
    const { agency, batch, ids, bets } = event;
    const state = this.#state(agency);
    const commitment = commitmentOf(event);
    state.batches++;
    state.bets += bets.length;
    state.events.push({ ...event, chainBefore: state.chain, index: this.entries.length });
    state.chain = sha256(state.chain, commitment);
    for (const { number } of bets)
      this.#numbers.set(Number(number), (this.#numbers.get(Number(number)) ?? 0) + 1);
    return (
      `lottery-batch/v1\n${agency} ${batch} ${bets.length} ${ids.at(-1)}\n${state.batches} ${state.bets}\n` +
      `${commitment.toString('base64')}\n${state.chain.toString('base64')}\n`
    );
  }

  finish({ agency }) {
    const state = this.#state(agency);
    state.isFinished = true;
    state.finishIndex = this.entries.length;
    return `lottery-finish/v1\n${agency}\n${state.batches} ${state.bets}\n${state.chain.toString('base64')}\n`;
  }

  #agencies() {
    return Array.from({ length: this.#plan.agencies }, (_, index) => index + 1);
  }

  seal() {
    const states = this.#agencies().map((agency) => this.#state(agency));
    const sum = (field) => states.reduce((total, state) => total + state[field], 0);
    const rows = states.map(({ batches, bets, isFinished, chain }, index) =>
      [index + 1, batches, bets, isFinished ? 'finished' : 'missing', chain.toString('base64')].join(' '),
    );
    const agencies = this.#trick('agenciesTable', rows.map((row) => `${row}\n`).join(''));
    const counts = [...this.#numbers].sort(([one], [other]) => one - other);
    const numbers = this.#trick(
      'numbersTable',
      counts.map(([number, count]) => `${number} ${count}\n`).join(''),
    );
    this.files.set('seal/agencies', Buffer.from(agencies));
    this.files.set('seal/numbers', Buffer.from(numbers));
    const missing = this.#agencies().filter((agency) => !this.#state(agency).isFinished);
    return (
      `lottery-seal/v1\nbatches ${sum('batches')}\nbets ${sum('bets')}\nagencies ${sha256(agencies).toString('hex')}\n` +
      `numbers ${sha256(numbers).toString('hex')}\nmissing ${missing.length === 0 ? '-' : missing.join(',')}\n`
    );
  }

  /** The text from which the number is drawn. */
  get seed() {
    const { chainHash, round, signature } = this.#plan.number;
    return sha256(
      `lottery-draw/v1\n${this.#sealedText}drand ${chainHash} ${round}\n${signature.toString('hex')}\n`,
    );
  }

  result() {
    const { number: source, numberOf } = this.#plan;
    const isDrand = source.kind === 'drand';
    const seed = isDrand ? this.#trick('seed', this.seed) : undefined;
    this.number = this.#trick('number', isDrand ? numberOf(seed) : source.number);
    const rows = this.#agencies().map((agency) => {
      const documents = this.#trick('winnersOf', { agency, documents: this.documentsOf(agency) }).documents;
      const commitment = sha256(hmac(agencyKeyOf(agency), 'winners'), sha256(documents.join(',')));
      return { agency, count: documents.length, commitment: commitment.toString('base64') };
    });
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    const table = this.#trick(
      'winnersTable',
      rows.map(({ agency, count, commitment }) => `${agency} ${count} ${commitment}\n`).join(''),
    );
    this.files.set('result/agencies', Buffer.from(table));
    const kind = isDrand ? `beacon ${source.round} ${source.signature.toString('hex')}` : source.kind;
    return (
      `lottery-result/v1\n${kind}\n${isDrand ? `seed ${seed.toString('hex')}\n` : ''}number ${this.number}\n` +
      `winners ${total}\nagencies ${sha256(table).toString('hex')}\n`
    );
  }

  /** The documents of an agency's winners, in the order of its batches. */
  documentsOf(agency) {
    const batches = [...this.#state(agency).events].sort((one, other) => one.batch - other.batch);
    const bets = batches.flatMap((batch) => batch.bets);
    return bets.filter(({ number }) => Number(number) === this.number).map(({ document }) => document);
  }

  #publish() {
    const { files, entries } = this;
    const tile = `000.p/${entries.length}`;
    const framed = entries.map((entry) => Buffer.concat([Buffer.of(entry.length >> 8, entry.length), entry]));
    files.set(`tile/entries/${tile}`, Buffer.concat(framed));
    files.set(`tile/0/${tile}`, Buffer.concat(entries.map((entry) => sha256(Buffer.of(0), entry))));
    files.set('checkpoint', Buffer.from(this.checkpoint(entries.length)));
    const sealed = this.#plan.events.findIndex(({ kind }) => kind === 'seal') + 2;
    if (sealed > 1) files.set('seal/checkpoint', Buffer.from(this.checkpoint(sealed)));
  }

  /** The signed and cosigned checkpoint of the tree when it had this size. */
  checkpoint(size) {
    const text = checkpointText(this.entries.slice(0, size), this.#plan.origin);
    const { number } = this.#plan;
    const seconds = number.kind === 'drand' ? number.closeSeconds - 4 : 1_797_933_492;
    const cosigned = this.#trick(
      'cosignature',
      cosignature(CONTROL_KEY, text, this.#trick('seconds', seconds)),
    );
    return `${text}\n${this.#trick('signature', logSignature(LOG_KEY, text))}${cosigned}`;
  }

  /** A receipt of an entry, in the tree of this size. */
  receipt(index, extra, size = index + 1) {
    const entries = this.entries.slice(0, size);
    return Buffer.from(receiptOf({ index, entries, extra, checkpoint: this.checkpoint(size) }));
  }

  /** The receipts of an agency, by their names: of its batches, and of its FIN. */
  receiptsOf(agency) {
    const { events, finishIndex } = this.#state(agency);
    const receipts = new Map(
      events.map(({ batch, chainBefore, index }) => [
        `${batch}.tlog-proof`,
        this.receipt(index, Buffer.concat([saltOf(agency, batch), chainBefore]), index + 2),
      ]),
    );
    if (finishIndex !== undefined) {
      receipts.set('finish.tlog-proof', this.receipt(finishIndex, agencyKeyOf(agency)));
    }
    return receipts;
  }
}
