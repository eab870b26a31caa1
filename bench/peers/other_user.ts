import { readFileSync } from 'node:fs';

import { OperationError } from '../../program/exit';
import type { User } from './server_process';

/** The first of these that there is. */
const OTHER_USERS = ['postgres', 'nobody'];

/**
 * Who a server runs as that refuses to run as root; `undefined` when we are not root: as ourselves.
 *
 * @throws OperationError when we are root and there is nobody else to run as
 */
export function otherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of OTHER_USERS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new OperationError(`it does not run as root, and there is no user ${OTHER_USERS.join(' or ')}`);
}
