/** The files of the live page: few and small, read at the first request and then kept in memory. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { inProject } from '../../../../program/own_files';

const WRITTEN = inProject('server/doors/http/page');
const COMPILED = inProject('dist/page');

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const SVG = 'image/svg+xml';

/** A file as it is sent. */
export interface Asset {
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** The same, compressed with gzip. */
  readonly gzipped: Buffer;
  /** Identifies the content, for If-None-Match. */
  readonly etag: string;
}

/** The page, and its files by their names under `/assets/`. */
export interface Assets {
  readonly page: Asset;
  readonly files: ReadonlyMap<string, Asset>;
}

/**
 * Reads the files. Modules are named as they import each other, without extension.
 *
 * @throws Error when one is missing: the page was not built
 */
export async function readAssets(): Promise<Assets> {
  const modules = (await readdir(COMPILED, { recursive: true })).filter((path) => path.endsWith('.js'));
  const files = await Promise.all([
    named('page.css', join(WRITTEN, 'page.css'), CSS),
    named('icon.svg', join(WRITTEN, 'icon.svg'), SVG),
    named('uplot.css', require.resolve('uplot/dist/uPlot.min.css'), CSS),
    named('uplot', require.resolve('uplot/dist/uPlot.esm.js'), JAVASCRIPT),
    ...modules.map((path) => named(path.slice(0, -'.js'.length), join(COMPILED, path), JAVASCRIPT)),
  ]);
  return { page: await readAsset(join(WRITTEN, 'index.html'), HTML), files: new Map(files) };
}

async function named(name: string, file: string, mediaType: string): Promise<[string, Asset]> {
  return [name, await readAsset(file, mediaType)];
}

async function readAsset(file: string, mediaType: string): Promise<Asset> {
  const bytes = await readFile(file);
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
  // Weak, since the file and its gzip share it (RFC 9110, 8.8.1).
  return { mediaType, bytes, gzipped: await promisify(gzip)(bytes), etag: `W/"${digest}"` };
}
