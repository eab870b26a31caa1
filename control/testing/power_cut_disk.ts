/** A folder on a disk whose power is cut: nothing is there afterwards for sure but what was synced. */
import fs from 'node:fs';
import { join } from 'node:path';

import { Random } from '../../tools/random';

/** Of a thousand cuts, so many leave a new name, or bytes that were not synced. */
const LEFT_OF_THOUSAND = 500;

/** What every call gets from the cut on. */
export class PowerCut extends Error {}

/** What is known of a file, whatever it is called. */
interface FileRecord {
  /** What it held when it was synced last. */
  durable: Buffer;
}

/** The names in a folder, with the files that they stand for. */
type Names = ReadonlyMap<string, FileRecord>;

/** Stands between the program and one folder of the real file system, until `restore`. */
export class PowerCutDisk {
  readonly #folder: string;
  readonly #random: Random;
  readonly #real = { ...fs };
  #names = new Map<string, FileRecord>();
  #durableNames: Names = new Map();
  readonly #open = new Map<number, FileRecord | 'folder'>();
  #cutAt = Infinity;
  #calls = 0;

  /** @param folder an empty one, which holds no folders */
  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
    this.#intercept();
  }

  /** Whether the power was cut. */
  get isCut(): boolean {
    return this.#calls >= this.#cutAt;
  }

  /** Cuts the power at one of the calls from now on that change the disk; a write comes half through. @param call from 1 */
  cutAt(call: number): void {
    this.#calls = 0;
    this.#cutAt = call;
  }

  /** The power comes back: the folder holds what a cut may have left of it. */
  powerUp(): void {
    const kept = new Map<string, FileRecord>();
    for (const name of new Set([...this.#durableNames.keys(), ...this.#names.keys()])) {
      const [before, now] = [this.#durableNames.get(name), this.#names.get(name)];
      const file = before === now || this.#random.chance(LEFT_OF_THOUSAND) ? now : before;
      if (file !== undefined) kept.set(name, file);
    }
    const contents = new Map([...kept].map(([name, file]) => [name, this.#contentAfter(file)] as const));
    for (const name of this.#names.keys()) this.#real.rmSync(join(this.#folder, name), { force: true });
    this.#open.clear();
    this.#names = new Map();
    for (const [name, content] of contents) {
      this.#write(join(this.#folder, name), content);
      this.#names.set(name, { durable: content });
    }
    this.#durableNames = new Map(this.#names);
    this.cutAt(Infinity);
  }

  /** Gives the real functions back. */
  restore(): void {
    jest.restoreAllMocks();
  }

  /** What was synced, or some more of what was written since; what was cut off may be there again. */
  #contentAfter(file: FileRecord): Buffer {
    const name = [...this.#names].find(([, each]) => each === file)?.[0];
    if (name === undefined) return file.durable;
    const written = this.#real.readFileSync(join(this.#folder, name));
    const [shorter, longer] = [file.durable, written].sort((left, right) => left.length - right.length);
    const most = longer!.length - shorter!.length;
    const more = this.#random.chance(LEFT_OF_THOUSAND) ? this.#random.below(most + 1) : 0;
    return longer!.subarray(0, shorter!.length + more);
  }

  /** `writeFileSync` goes through the functions that are intercepted. */
  #write(path: string, content: Buffer): void {
    const file = this.#real.openSync(path, 'w', 0o600);
    if (content.length > 0) this.#real.writeSync(file, content);
    this.#real.closeSync(file);
  }

  #intercept(): void {
    const real = this.#real;
    jest.spyOn(fs, 'openSync').mockImplementation((path, flags, mode) => {
      const descriptor = real.openSync(path, flags, mode);
      this.#open.set(descriptor, this.#recordOf(String(path)));
      return descriptor;
    });
    jest.spyOn(fs, 'writeSync').mockImplementation(((descriptor: number, bytes: Buffer, offset?: number) => {
      const rest = bytes.subarray(offset ?? 0);
      const half = (): number => real.writeSync(descriptor, rest.subarray(0, Math.ceil(rest.length / 2)));
      return this.#change(() => real.writeSync(descriptor, rest), half);
    }) as typeof fs.writeSync);
    jest.spyOn(fs, 'ftruncateSync').mockImplementation((descriptor, length) => {
      this.#change(() => real.ftruncateSync(descriptor, length ?? 0));
    });
    jest.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
      this.#change(() => this.#sync(descriptor));
    });
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      this.#change(() => {
        real.renameSync(from, to);
        const [source, target] = [from, to].map((path) => this.#nameOf(String(path)) ?? '');
        this.#names.set(target!, this.#names.get(source!)!);
        this.#names.delete(source!);
      });
    });
  }

  #recordOf(path: string): FileRecord | 'folder' {
    const name = this.#nameOf(path);
    if (name === undefined) return 'folder';
    const record = this.#names.get(name) ?? { durable: Buffer.alloc(0) };
    this.#names.set(name, record);
    return record;
  }

  #nameOf(path: string): string | undefined {
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : undefined;
  }

  #sync(descriptor: number): void {
    const what = this.#open.get(descriptor);
    if (what === 'folder') this.#durableNames = new Map(this.#names);
    else if (what !== undefined) {
      const name = [...this.#names].find(([, file]) => file === what)?.[0];
      if (name !== undefined) what.durable = this.#real.readFileSync(join(this.#folder, name));
    }
  }

  /** @param half what is still done of the call at which the power is cut */
  #change<Result>(call: () => Result, half?: () => unknown): Result {
    this.#calls++;
    if (this.#calls < this.#cutAt) return call();
    if (this.#calls === this.#cutAt) half?.();
    throw new PowerCut('the power was cut');
  }
}
