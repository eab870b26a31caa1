/** Files that exist whole or not at all. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const CHUNK_CHARACTERS = 65_536;

/**
 * Writes texts one after another, in UTF-8, under a temporary name in the folder of `path`, and renames the file when
 * all of it is synced. No more than a few chunks are in memory, however slow the disk is. When it fails or is stopped,
 * the temporary file is removed and a file that was there before stays as it was.
 *
 * @param stop stops the writing when it is aborted; left out, it runs to its end
 * @throws the file system's error, the texts' own error, or an AbortError when `stop` is aborted
 */
export async function writeWholeFile(
  path: string,
  texts: Iterable<string>,
  stop?: AbortSignal,
): Promise<void> {
  const temporaryPath = `${path}.${process.pid}.part`;
  try {
    const source = Readable.from(chunks(texts), { objectMode: false });
    const file = createWriteStream(temporaryPath, { flush: true });
    await pipeline(source, file, stop === undefined ? {} : { signal: stop });
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

/** Joins short texts, since a write for each would cost more than making them. */
function* chunks(texts: Iterable<string>): Generator<string, void> {
  let chunk = '';
  for (const text of texts) {
    chunk += text;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
