/**
 * Settings: values by name, from a file and from the environment, checked once. The first mistake is reported in
 * one line that names the place, the key, the value and what is allowed.
 */
// This entry point has all that is needed here and loads in a sixth of the time of the main one, which would be a good
// part of a program's start.
import { z } from 'zod/v3';

import { ConfigurationError } from './exit';

/** A value and where it was found: a file's name or `environment`. */
export interface FoundSetting {
  readonly value: string;
  readonly where: string;
}

/** The values that were found, by key. */
export type FoundSettings = Map<string, FoundSetting>;

/** The outcome of a check. */
export type CheckedValue<Value> =
  { readonly success: true; readonly data: Value } | { readonly success: false; readonly data?: undefined };

/** The type of a setting. */
export interface SettingType<Value> {
  /** @param found the text that was found; `undefined` where there is none */
  safeParse(found: unknown): CheckedValue<Value>;
  /** What is allowed, in words. */
  readonly description?: string | undefined;
}

/** A type for each key. */
export type SettingsSchema = Readonly<Record<string, SettingType<unknown>>>;

/** The checked values of a schema. */
export type SettingsOf<Schema extends SettingsSchema> = {
  readonly [Key in keyof Schema]: Schema[Key] extends SettingType<infer Value> ? Value : never;
};

type TextType<Value> = z.ZodType<Value, z.ZodTypeDef, string>;

/** A setting that is written as text and parsed to a value. */
export class TextSetting<Value> implements SettingType<Value> {
  readonly #type: TextType<Value>;

  constructor(
    type: TextType<Value>,
    readonly description: string,
  ) {
    this.#type = type;
  }

  safeParse(found: unknown): CheckedValue<Value> {
    return this.#type.safeParse(found);
  }

  /** The same, with a default. */
  default(value: Value): SettingType<Value> {
    return this.#orElse(value);
  }

  /** The same, or `undefined` when it is not set. */
  optional(): SettingType<Value | undefined> {
    return this.#orElse(undefined);
  }

  #orElse<Other>(value: Other): SettingType<Value | Other> {
    return {
      description: this.description,
      safeParse: (found) => (found === undefined ? { success: true, data: value } : this.safeParse(found)),
    };
  }
}

/** A whole number, written in decimal digits. */
export function wholeNumber(minimum: number, maximum: number): TextSetting<number> {
  const type: TextType<number> = z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
  return new TextSetting(type, `a whole number from ${minimum} to ${maximum}`);
}

/**
 * A text in a given form.
 *
 * @param parse returns its value, or `undefined` when the text does not have that form
 * @param allowed the form, in words
 */
export function parsedText<Value>(
  parse: (text: string) => Value | undefined,
  allowed: string,
): TextSetting<Value> {
  const type = z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'another form' });
    return z.NEVER;
  });
  return new TextSetting<Value>(type, allowed);
}

/** One of a list of words, in any case if `anyCase` is set; the value is the word as listed. */
export function oneOf<const Word extends string>(words: readonly Word[], anyCase = false): TextSetting<Word> {
  const find = (text: string): Word | undefined =>
    words.find((word) => word === text || (anyCase && word.toLowerCase() === text.toLowerCase()));
  return parsedText(find, `one of ${words.join(', ')}`);
}

/** `true` or `false`. */
export function trueOrFalse(): TextSetting<boolean> {
  return new TextSetting(
    z.enum(['true', 'false']).transform((word) => word === 'true'),
    'true or false',
  );
}

/** A text that is not empty. */
export function nonEmptyText(allowed: string): TextSetting<string> {
  return new TextSetting(z.string().trim().min(1), allowed);
}

/** `host:port`; the host may be an IPv6 address in brackets. */
export function hostAndPort(): TextSetting<{ host: string; port: number }> {
  const type = z
    .string()
    .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):[0-9]{1,5}$/)
    .transform((text) => {
      const colon = text.lastIndexOf(':');
      return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
    })
    .refine(({ port }) => port >= 1 && port <= 65_535);
  return new TextSetting(type, 'host:port, the port from 1 to 65535');
}

/**
 * Checks the settings that were found against a schema.
 *
 * @param accepted keys that are ignored without a word
 * @param defaultWhere the place that is named when a key is missing
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
    const allowed = type.description ?? wrappedDescription(type) ?? 'another value';
    throw new ConfigurationError(`${setting?.where ?? defaultWhere}: ${key}: ${what}; allowed is ${allowed}`);
  });
  return Object.fromEntries(checked) as SettingsOf<Schema>;
}

/** `.optional()` and `.default()` wrap the type that says what is allowed. */
function wrappedDescription(type: SettingType<unknown>): string | undefined {
  return isWrapper(type) ? type.unwrap().description : undefined;
}

function isWrapper(
  type: SettingType<unknown>,
): type is SettingType<unknown> & { unwrap(): SettingType<unknown> } {
  return 'unwrap' in type && typeof type.unwrap === 'function';
}
