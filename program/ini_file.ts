/**
 * INI files whose values are taken whole or refused.
 *
 * The library `ini` ends a value at `#` and `;`, takes `\` as an escape, decodes what stands in quotes as JSON, turns
 * some words into other types, and passes over lines that it does not understand. So each line is looked at before, and
 * its value is handed over in the one form that the library gives back as it was.
 */
import { parse } from 'ini';

import { ConfigurationError } from './exit';
import { readTextFile } from './text_file';

/** What stands in an INI file. */
export interface IniFile {
  /** The values by key; each key stands there once. */
  readonly values: ReadonlyMap<string, string>;
  /** The permission bits of the file, as of `stat`. */
  readonly mode: number;
}

/** The form of a file. */
export interface IniForm {
  /** The one section that all keys stand in; without one, the file has no sections. */
  readonly section?: string;
  /** What a key looks like. Anything else is not shown, since it may be a secret in the wrong place. */
  readonly key: RegExp;
  /** Values have no spaces in them: what begins with ` #` or ` ;` is a comment. */
  readonly hasTrailingComments?: boolean;
}

/** Also sections without an end and keys without a value, so that they can be told as what they are. */
const SECTION = /^\[(?<section>[^\]]*)\]$/;
const ENTRY = /^(?<key>[^=:]*?)[ \t]*(?<sign>[=:])[ \t]*(?<value>.*)$/;
const COMMENT = /^[;#]/;
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f\u2028\u2029]/;

/**
 * Reads a file of lines `KEY = value`, comments (`;` or `#` at the beginning of a line) and one section. A value may
 * stand in quotes, which are not a part of it.
 *
 * @throws ConfigurationError with file and line for what is not understood, or would not be taken as it is written; it
 *   shows no value
 */
export function readIniFile(file: string, form: IniForm): IniFile {
  const { text, mode } = readTextFile(file);
  const lines = new IniLines(file, form);
  for (const line of text.split(/\r\n|\r|\n/)) lines.add(line.replace(/^[ \t]+|[ \t]+$/g, ''));
  const parsed = parse(lines.quoted.join('\n'));
  const content = form.section === undefined ? parsed : (parsed[form.section] as typeof parsed | undefined);
  // It takes the words true, false and null for something else than texts.
  return { values: new Map(Object.entries(content ?? {}).map(([key, value]) => [key, String(value)])), mode };
}

class IniLines {
  /** The lines as the library takes them without a change. */
  readonly quoted: string[] = [];
  readonly #file: string;
  readonly #form: IniForm;
  readonly #places = new Map<string, number>();
  #number = 0;
  #isInSection: boolean;

  constructor(file: string, form: IniForm) {
    this.#file = file;
    this.#form = form;
    this.#isInSection = form.section === undefined;
  }

  /** @param line without white space at its ends */
  add(line: string): void {
    this.#number++;
    if (line === '' || COMMENT.test(line)) return;
    if (line.startsWith('[')) return this.#addSection(line);
    const { key: written = '', sign, value = '' } = ENTRY.exec(line)?.groups ?? {};
    const key = written.replace(/\[\]$/, '');
    if (sign === undefined || !this.#form.key.test(key)) {
      throw this.#wrong(`line ${this.#number}`, `no ${this.#allowed()}`);
    }
    if (sign === ':') throw this.#wrongAt(key, 'the sign between key and value is "="');
    if (!this.#isInSection)
      throw this.#wrongAt(key, `unknown; everything stands under [${this.#form.section}]`);
    if (key !== written) throw this.#wrongAt(key, 'a list is not allowed');
    const before = this.#places.get(key);
    if (before !== undefined)
      throw this.#wrongAt(key, `stands there more than once, first in line ${before}`);
    this.#places.set(key, this.#number);
    const isCut = this.#form.hasTrailingComments === true;
    const whole = this.#wholeValue(key, isCut ? value.replace(/(^|[ \t]+)[;#].*$/, '') : value);
    this.quoted.push(`${key} = ${JSON.stringify(whole)}`);
  }

  #addSection(line: string): void {
    const { section } = this.#form;
    const name = SECTION.exec(line)?.groups?.['section']?.trim() ?? '';
    if (section === undefined || name !== section) {
      const place = this.#form.key.test(name) ? name : 'a section';
      throw this.#wrongAt(
        place,
        `unknown; everything stands ${section === undefined ? 'before any section' : `under [${section}]`}`,
      );
    }
    this.#isInSection = true;
    this.quoted.push(`[${section}]`);
  }

  /** The value as it is meant, if there is only one way to read it. */
  #wholeValue(key: string, value: string): string {
    const quote = /^["']/.exec(value)?.[0];
    const inside = quote === undefined ? value : value.slice(1, -1);
    if (quote !== undefined) {
      const isClosed = value.length >= 2 && value.endsWith(quote);
      if (!isClosed || inside.includes(quote)) {
        throw this.#wrongAt(key, 'a quote that is not closed at the end of the value');
      }
      if (/\\["'\\]/.test(inside))
        throw this.#wrongAt(key, 'a "\\" before a quote or another "\\" is not allowed');
    } else {
      if (/[ \t][;#]/.test(value)) {
        throw this.#wrongAt(
          key,
          'a comment stands on a line of its own; a value with " ;" or " #" in it stands in quotes',
        );
      }
      if (/\\[;#\\]/.test(value)) throw this.#wrongAt(key, 'no "\\" is needed before ";", "#" or "\\"');
    }
    if (UNPRINTABLE.test(value)) throw this.#wrongAt(key, 'a character that cannot be printed');
    return inside;
  }

  #allowed(): string {
    const { section } = this.#form;
    return `"KEY = value" and no comment${section === undefined ? '' : `, nor [${section}]`}`;
  }

  #wrongAt(key: string, what: string): ConfigurationError {
    return this.#wrong(key, `${what} (line ${this.#number})`);
  }

  #wrong(place: string, what: string): ConfigurationError {
    return new ConfigurationError(`${this.#file}: ${place}: ${what}`);
  }
}
