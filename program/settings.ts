/**
 * Settings: values by name, from a file and from the environment, checked once. The first mistake is told in one
 * line that names the place, the key, the value and what is allowed.
 */
import { z } from 'zod';

import { ConfigurationError } from './exit';

/** A value as it was found, and where: a file's name or `environment`. */
export interface FoundSetting {
  readonly value: string;
  readonly where: string;
}

/** What was found, by key. */
export type FoundSettings = Map<string, FoundSetting>;

/** A schema for each key; its description says what is allowed. */
export type SettingsSchema = Readonly<Record<string, z.ZodType>>;

/** The checked values of a schema. */
export type SettingsOf<Schema extends SettingsSchema> = {
  readonly [Key in keyof Schema]: z.output<Schema[Key]>;
};

/** A whole number, written in decimal digits. */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number, string> {
  const allowed = `a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
    .describe(allowed);
}

/** One of some words. Case does not matter where `anyCase` says so; the answer is the word as listed. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  anyCase = false,
): z.ZodType<Word, string> {
  const find = (text: string): Word | undefined =>
    words.find((word) => word === text || (anyCase && word.toLowerCase() === text.toLowerCase()));
  return z
    .string()
    .transform((text, context) => {
      const word = find(text);
      if (word !== undefined) return word;
      context.addIssue({ code: 'custom', message: 'another word' });
      return z.NEVER;
    })
    .describe(`one of ${words.join(', ')}`);
}

/** `true` or `false`. */
export function trueOrFalse(): z.ZodType<boolean, string> {
  return z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .describe('true or false');
}

/** A text that is not empty. */
export function nonEmptyText(allowed: string): z.ZodType<string, string> {
  return z.string().trim().min(1).describe(allowed);
}

/** `host:port`; the host may be an IPv6 address in brackets. */
export function hostAndPort(): z.ZodType<{ host: string; port: number }, string> {
  return z
    .string()
    .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):[0-9]{1,5}$/)
    .transform((text) => {
      const colon = text.lastIndexOf(':');
      return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
    })
    .refine(({ port }) => port >= 1 && port <= 65_535)
    .describe('host:port, the port from 1 to 65535');
}

/**
 * Checks what was found against the schema.
 *
 * @param accepted keys that mean nothing here and are passed over without a word
 * @param defaultWhere the place that is named for a key that is missing
 * @throws ConfigurationError for the first unknown key, missing value or wrong value
 */
export function checkSettings<Schema extends SettingsSchema>(
  schema: Schema,
  found: FoundSettings,
  accepted: readonly string[],
  defaultWhere: string,
): SettingsOf<Schema> {
  for (const [key, { where }] of found) {
    if (!Object.hasOwn(schema, key) && !accepted.includes(key)) {
      throw new ConfigurationError(
        `${where}: ${key}: unknown key; known are ${Object.keys(schema).join(', ')}`,
      );
    }
  }
  const checked = Object.entries(schema).map(([key, type]): [string, unknown] => {
    const setting = found.get(key);
    const result = type.safeParse(setting?.value);
    if (result.success) return [key, result.data];
    const what = setting === undefined ? 'missing' : `${JSON.stringify(setting.value)} is wrong`;
    const allowed = type.description ?? describedInside(type) ?? 'another value';
    throw new ConfigurationError(`${setting?.where ?? defaultWhere}: ${key}: ${what}; allowed is ${allowed}`);
  });
  return Object.fromEntries(checked) as SettingsOf<Schema>;
}

/** `.default()` and `.optional()` wrap the type that carries the description. */
function describedInside(type: z.ZodType): string | undefined {
  return type instanceof z.ZodDefault || type instanceof z.ZodOptional
    ? (type.unwrap() as z.ZodType).description
    : undefined;
}
