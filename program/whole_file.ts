/** Files that exist whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { PRIVATE_FILE } from './folders';

const CHUNK_CHARACTERS = 65_536;
const PERMISSIONS = 0o777;
/** Enough that nobody can foretell a name, and put something of theirs in its place. */
const NAME_BYTES = 12;

/**
 * Writes texts one after another, in UTF-8, under a temporary name in the folder of `path`, and renames the file when
 * all of it is synced. No more than a few chunks are in memory, however slow the disk is. When it fails or is stopped,
 * the temporary file is removed and a file that was there before stays as it was. One that is replaced hands down its
 * permissions.
 *
 * @param stop stops the writing when it is aborted; left out, it runs to its end
 * @throws the file system's error, the texts' own error, or an AbortError when `stop` is aborted
 */
export async function writeWholeFile(
  path: string,
  texts: Iterable<string>,
  stop?: AbortSignal,
): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  await write(path, texts, before === undefined ? {} : { mode: before.mode & PERMISSIONS }, stop);
}

/** The same, for a file that only its owner may read, whatever was there before. */
export async function writePrivateFile(
  path: string,
  texts: Iterable<string>,
  stop?: AbortSignal,
): Promise<void> {
  await write(path, texts, { mode: PRIVATE_FILE }, stop);
}

/** Who may do what with a file. */
export interface FileRights {
  /** What its owner and the others may do, as in `0o644`. */
  readonly mode: number;
  /** Who owns it; who writes it, if left out. Only root can give a file away. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** The same, for a file with these rights, whatever was there before. Nobody else ever sees it under other rights. */
export async function writeFileWithRights(
  path: string,
  texts: Iterable<string>,
  rights: FileRights,
): Promise<void> {
  await write(path, texts, rights);
}

async function write(
  path: string,
  texts: Iterable<string>,
  { mode, owner }: Partial<FileRights>,
  stop?: AbortSignal,
): Promise<void> {
  const folder = dirname(path);
  const temporaryPath = join(folder, `.${randomBytes(NAME_BYTES).toString('hex')}.part`);
  // Opened before anything can fail: a file that is still being opened then would be left behind.
  const handle = await open(temporaryPath, 'wx', mode ?? 0o666);
  try {
    // By the open file: whoever owns the folder could put another one under its name.
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    // What the umask has taken away.
    if (mode !== undefined) await handle.chmod(mode);
    const source = Readable.from(chunks(texts), { objectMode: false });
    const file = handle.createWriteStream({ flush: true });
    await pipeline(source, file, stop === undefined ? {} : { signal: stop });
    await rename(temporaryPath, path);
    await syncFolder(folder);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

/** A new name is durable only when its folder is. Some systems cannot sync a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
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
