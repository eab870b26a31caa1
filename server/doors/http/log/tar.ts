/**
 * Files as one archive (POSIX.1-2017, pax, "ustar Interchange Format"), which every `tar` unpacks. Written here since
 * the packages that do it bring native parts for each platform.
 */

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;

/** A file of an archive. Its name has at most 100 bytes. */
export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an archive ends with. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK_BYTES);

/** A file in an archive, in parts. Its owner, time and rights are always the same. */
export function* tarEntry({ name, bytes }: TarFile): Generator<Uint8Array> {
  yield header(name, bytes.length);
  yield bytes;
  yield Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES);
}

function header(name: string, fileBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`${name}: longer than ${NAME_BYTES} bytes`);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0'.repeat(2), 108);
  block.write(`${octal(fileBytes, 11)}\0`, 124);
  block.write(`${octal(0, 11)}\0`, 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
