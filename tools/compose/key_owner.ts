/** Whose the keys are that containers read: 0600, so that only their owner can. */
import { lchownSync, lstatSync, Stats } from 'node:fs';

import { ConfigurationError, OperationError, oneLine } from '../../program/exit';

/** The number of the user whom the images name. */
const IMAGE_USER = 1000;
const ROOT = 0;

/**
 * The user as whom the containers read keys that a user makes.
 *
 * @param user who makes them, by number; undefined where users have no numbers
 * @returns undefined for the user whom the images name: root gives the keys to that one, {@link giveKeys}
 */
export function keyOwnerOf(user: number | undefined): number | undefined {
  return user === ROOT || user === IMAGE_USER ? undefined : user;
}

/**
 * Makes sure that what is there of a folder and its keys belongs to a user, who can then read and replace it. Root can
 * anyway.
 *
 * @param user the user's number; undefined where users have no numbers
 * @throws ConfigurationError that names the first that belongs to another one
 */
export function requireOwn(folder: string, keys: readonly string[], user: number | undefined): void {
  if (user === undefined || user === ROOT) return;
  for (const path of [folder, ...keys]) {
    const owner: number = statOf(path)?.uid ?? user;
    if (owner === user) continue;
    throw new ConfigurationError(
      `compose_maker: ${path} belongs to user ${owner}, and this is user ${user}: ` +
        `run it as root, or first \`sudo chown -R ${user} ${folder}\``,
    );
  }
}

/**
 * Gives keys to the user whom the images name, when root made them; with any other user nothing is done.
 *
 * @throws OperationError that names the key that cannot be given
 */
export function giveKeys(keys: readonly string[], user: number | undefined): void {
  if (user !== ROOT) return;
  for (const path of keys) {
    try {
      if (lstatSync(path).isFile()) lchownSync(path, IMAGE_USER, IMAGE_USER);
      else throw new Error('no file');
    } catch (error) {
      throw new OperationError(
        `compose_maker: ${path} cannot be given to user ${IMAGE_USER}: ${oneLine(error)}`,
      );
    }
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new ConfigurationError(`compose_maker: ${path}: ${oneLine(error)}`);
  }
}
