/** The WebAssembly that looks at the bytes of bets, many of them in one step. */
import { ASSEMBLY_CODE } from './assembly_code';

/** What the code may read behind the bytes that it is given, and no more than the page that its memory has for that. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The exports of what stands in `assembly/`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(endBytes: number): number;
  betCount(): number;
  findNumber(fromBytes: number, endBytes: number, number: number): number;
}

/** The part of WebAssembly that is used here; it is missing where Node was told to make no machine code. */
declare const WebAssembly:
  | {
      readonly Module: new (code: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: unknown };
    }
  | undefined;

/**
 * An instance of the code with memory of its own, a MiB, of which the system gives what was used. For one thread and one
 * use: what was put into the memory stays there until the next.
 */
export class AssemblyModule {
  /** What the code can do with the bytes in the memory. */
  readonly code: Omit<Exports, 'memory'>;
  readonly #memory: Uint8Array;

  /** @returns `undefined` where this machine cannot run it: an old processor, or a Node that makes no machine code */
  static load(): AssemblyModule | undefined {
    if (typeof WebAssembly === 'undefined') return undefined;
    try {
      const module = new WebAssembly.Module(Buffer.from(ASSEMBLY_CODE, 'base64'));
      return new AssemblyModule(new WebAssembly.Instance(module).exports as Exports);
    } catch {
      // The processor has not the instructions for many bytes at once.
      return undefined;
    }
  }

  private constructor(code: Exports) {
    this.code = code;
    this.#memory = new Uint8Array(code.memory.buffer);
  }

  /** Copies bytes to the beginning of the memory. @returns false when they have no room there */
  put(bytes: Uint8Array): boolean {
    if (bytes.length + READ_AHEAD_BYTES > this.#memory.length) return false;
    this.#memory.set(bytes);
    return true;
  }
}
