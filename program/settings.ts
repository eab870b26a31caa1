/**
 * Settings: values by name, from a file and from the environment, checked once. The first mistake is reported in
 * one line that names the place, the key, the value and what is allowed.
 */
// This entry point has all that is needed here and loads in a sixth of the time of the main one, which would be a good
// part of a program's start.
import { z } from 'zod/v3';

import { ConfigurationError } from './exit';
import { closestOf } from './misspelling';
import { hideSecrets } from './secrets';

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
  /** What counts when it is not set, in words; `undefined` where it must be set. */
  readonly byDefault?: string | undefined;
  /** Whether it can hold a secret: it is never printed then. */
  readonly isSecret?: boolean | undefined;
  /** Advice for a wrong value, which does not repeat it. */
  readonly hintFor?: Hint | undefined;
}

/** Advice for a wrong value, if there is any. It must not repeat a value that may be secret. */
export type Hint = (text: string) => string | undefined;

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
    readonly hintFor?: Hint,
    readonly isSecret = false,
  ) {
    this.#type = type;
  }

  safeParse(found: unknown): CheckedValue<Value> {
    return this.#type.safeParse(found);
  }

  /** The same, with advice for wrong values. */
  withHint(hintFor: Hint): TextSetting<Value> {
    return new TextSetting(this.#type, this.description, hintFor, this.isSecret);
  }

  /** The same, and one word that stands for a value of its own. */
  or<Other>({ text, value }: { readonly text: string; readonly value: Other }): TextSetting<Value | Other> {
    const word = z.literal(text).transform(() => value);
    return new TextSetting<Value | Other>(
      z.union([word, this.#type]),
      `${this.description}, or ${text}`,
      this.hintFor,
      this.isSecret,
    );
  }

  /** The same, never printed. */
  secret(): TextSetting<Value> {
    return new TextSetting(this.#type, this.description, this.hintFor, true);
  }

  /** The same, with a default. @param inWords the default, where its text is not its value's */
  default(value: Value, inWords = String(value)): SettingType<Value> {
    return this.#orElse(value, inWords);
  }

  /** The same, or `undefined` when it is not set. */
  optional(): SettingType<Value | undefined> {
    return this.#orElse(undefined, 'none');
  }

  #orElse<Other>(value: Other, byDefault: string): SettingType<Value | Other> {
    const { description, isSecret, hintFor } = this;
    return {
      description,
      byDefault,
      isSecret,
      hintFor,
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

/** A text that is taken as it is: not empty, on one line, without white space at its ends. */
export function nonEmptyText(allowed: string): TextSetting<string> {
  // eslint-disable-next-line no-control-regex
  const isPlain = (text: string): boolean => text === text.trim() && !/[\u0000-\u001f\u007f]/.test(text);
  const type = z.string().min(1).refine(isPlain);
  return new TextSetting(type, allowed, (text) =>
    text.trim() === '' || isPlain(text) ? undefined : 'without white space at its ends or line breaks in it',
  );
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
    if (!Object.hasOwn(schema, key) && !accepted.includes(key)) throw unknownKey(where, key, schema);
  }
  const checked = Object.entries(schema).map(([key, type]): [string, unknown] => {
    const setting = found.get(key);
    const result = type.safeParse(setting?.value);
    if (result.success) return [key, result.data];
    throw new ConfigurationError(`${setting?.where ?? defaultWhere}: ${key}: ${whatIsWrong(type, setting)}`);
  });
  return Object.fromEntries(checked) as SettingsOf<Schema>;
}

function whatIsWrong(type: SettingType<unknown>, setting: FoundSetting | undefined): string {
  const allowed = `allowed is ${type.description ?? 'another value'}`;
  if (setting === undefined) return `missing; ${allowed}`;
  const shown = type.isSecret === true ? 'its value' : hideSecrets(JSON.stringify(setting.value));
  const hint = type.hintFor?.(setting.value);
  return `${shown} is wrong; ${allowed}${hint === undefined ? '' : `; ${hint}`}`;
}

function unknownKey(where: string, key: string, schema: SettingsSchema): ConfigurationError {
  const known = Object.keys(schema);
  // What does not look like a key may be a value in the wrong place, and that may be secret.
  if (!KEY_FORM.test(key))
    return new ConfigurationError(`${where}: something that is no key; ${listed(known)}`);
  const meant = closestOf(key, known);
  const guess = meant === undefined ? '' : `; ${meant} may be meant`;
  return new ConfigurationError(`${where}: ${key}: unknown key; ${listed(known)}${guess}`);
}

const KEY_FORM = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/;

function listed(keys: readonly string[]): string {
  return `known are ${keys.join(', ')}`;
}
