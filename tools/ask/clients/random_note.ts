import { randomBytes, randomInt } from 'node:crypto';

/** A key has no more characters. */
export const MAX_KEY_CHARACTERS = 30;
/** A value has no more bytes. */
export const MAX_VALUE_BYTES = 1_000;
/** The keys of clients begin with it, so that one that was left over can be told. */
export const KEY_PREFIX = 'ask.';

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:-';

/** A note that a client writes. */
export interface RandomNote {
  readonly key: string;
  /** Bytes of any kind. */
  readonly value: Buffer;
}

/** A random key of up to {@link MAX_KEY_CHARACTERS}, and a random value of up to {@link MAX_VALUE_BYTES}, 0 included. */
export function randomNote(): RandomNote {
  const length = randomInt(1, MAX_KEY_CHARACTERS - KEY_PREFIX.length + 1);
  const rest = Array.from({ length }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
  return { key: `${KEY_PREFIX}${rest}`, value: randomBytes(randomInt(MAX_VALUE_BYTES + 1)) };
}
