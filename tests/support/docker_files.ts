/** Files out of containers, whether they run or not. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import type { Container } from 'dockerode';

/** Copies a file or a folder out of a container, and hands over the path of the copy for as long as it is used. */
export async function withCopyOf<Result>(
  container: Container,
  path: string,
  use: (copy: string) => Result,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-copy-'));
  try {
    const archive = await container.getArchive({ path });
    // To the end of the stream, whatever stands behind the end of the archive: a pipe that is closed early is an error.
    const words = ['-x', '--ignore-zeros', '--no-same-owner', '-C', folder];
    const unpacking = promisify(execFile)('tar', words);
    const { stdin } = unpacking.child;
    if (stdin === null) throw new Error('tar has no standard input');
    await Promise.all([pipeline(archive, stdin), unpacking]);
    return use(join(folder, basename(path)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of a file in a container. */
export function textFileOf(container: Container, path: string): Promise<string> {
  return withCopyOf(container, path, (copy) => readFileSync(copy, 'utf8'));
}
