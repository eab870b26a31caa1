/** Certificates for lotteries in containers that speak over mutual TLS. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AUTHORITY, filesOf, REVOCATIONS_FILE, SERVER } from '../../tools/certificates/holders';
import { prepareCertificates } from '../../tools/compose/certificates';
import { keyOwnerOf } from '../../tools/compose/key_owner';
import type { TlsPlan } from '../../tools/compose/tls';

/** Where the compose file mounts them. */
const MOUNTED_FOLDER = '/certificates';
const AUTHORITY_FILE = filesOf(AUTHORITY).certificate;

/** The TLS of a lottery. */
export interface ProjectTls {
  /** The folder of the certificates. */
  readonly folder: string;
  /** Whose certificate an agency has, by its number; its own when left out. */
  readonly certificateOf?: Readonly<Record<number, number>>;
}

/** Makes certificates for so many agencies in a new folder, as the generator of the compose file does. */
export async function makeProjectTls(agencies: number): Promise<ProjectTls> {
  const folder = join(mkdtempSync(join(tmpdir(), 'lottery-test-tls-')), 'certificates');
  await prepareCertificates(folder, agencies);
  return { folder };
}

/** What the compose file is made with. */
export function tlsPlanOf(tls: ProjectTls | undefined): TlsPlan | undefined {
  return tls && { keyOwner: keyOwnerOf(process.getuid?.()) };
}

/** The mounts of a server, in place of those of the compose file. */
export function serverMounts(tls: ProjectTls | undefined): string[] {
  return tls === undefined ? [] : mounts(tls.folder, SERVER, SERVER, [AUTHORITY_FILE, REVOCATIONS_FILE]);
}

/** The mounts of the internal control, in place of those of the compose file. */
export function controlMounts(tls: ProjectTls | undefined): string[] {
  return tls === undefined
    ? []
    : [`${join(tls.folder, AUTHORITY_FILE)}:${MOUNTED_FOLDER}/${AUTHORITY_FILE}:ro`];
}

/** The mounts of an agency, in place of those of the compose file. */
export function agencyMounts(tls: ProjectTls | undefined, agency: number): string[] {
  if (tls === undefined) return [];
  const from = tls.certificateOf?.[agency] ?? agency;
  return mounts(tls.folder, `agency-${agency}`, `agency-${from}`, [AUTHORITY_FILE]);
}

/** @param from whose files are mounted as those of `name` */
function mounts(folder: string, name: string, from: string, common: readonly string[]): string[] {
  const [source, target] = [filesOf(from), filesOf(name)];
  return [
    [source.certificate, target.certificate],
    [source.key, target.key],
    ...common.map((file) => [file, file]),
  ].map(([host = '', inside = '']) => `${join(folder, host)}:${MOUNTED_FOLDER}/${inside}:ro`);
}
