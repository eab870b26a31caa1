/** YAML files whose scalars are taken as they are written: no value becomes another one on the way. */
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, Node, parseDocument } from 'yaml';

import { ConfigurationError, oneLine } from '../program/exit';
import { readTextFile } from '../program/text_file';

/** What stands in a file: texts, lists and maps of them; `null` where there is no value. */
export type YamlValue = string | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** What YAML has for "no value". */
const NO_VALUE = /^(~|null|Null|NULL|)$/;
/** `010` is ten to some readers of YAML and eight to others; so with the other forms. */
const AMBIGUOUS = /^[-+]?(0[0-9_]+|0[xob][0-9A-Fa-f_]+|[0-9]+(_[0-9]+)+)$/;

/**
 * Reads a file of one document.
 *
 * @throws ConfigurationError with file and line: for what is no YAML, says a key twice (also once as `a.b` and once as
 *   `a: {b: …}`), has an anchor, an alias or a tag, or a number that YAML readers take in different ways. It shows no
 *   value
 */
export function readYamlFile(file: string): YamlValue {
  const { text } = readTextFile(file);
  const lines = new LineCounter();
  // In this schema every scalar is a text.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) {
    // The lines after the first repeat the file's text.
    throw new ConfigurationError(`${file}: cannot be read: ${oneLine(error.message.split('\n')[0])}`);
  }
  const lineOf = (node: Node | null): number => lines.linePos(node?.range?.[0] ?? 0).line;
  return document.contents === null ? null : new YamlTree(file, lineOf).valueOf(document.contents, '');
}

class YamlTree {
  readonly #file: string;
  readonly #lineOf: (node: Node | null) => number;
  readonly #paths = new Set<string>();

  constructor(file: string, lineOf: (node: Node | null) => number) {
    this.#file = file;
    this.#lineOf = lineOf;
  }

  /** @param path the keys that lead to the node, with dots between them */
  valueOf(node: Node | null, path: string): YamlValue {
    if (node === null) return null;
    if (isAlias(node)) throw this.#wrong(node, 'anchors and aliases are not known here');
    if (isScalar(node) || isCollection(node)) {
      if (node.anchor !== undefined) throw this.#wrong(node, 'anchors and aliases are not known here');
      if (node.tag !== undefined) throw this.#wrong(node, 'tags are not known here');
    }
    if (isSeq<Node>(node)) return node.items.map((item) => this.valueOf(item, path));
    if (isMap<Node, Node | null>(node)) {
      return Object.fromEntries(
        node.items.map(({ key, value }) => {
          if (!isScalar(key)) throw this.#wrong(node, 'a key that is no text');
          const name = String(key.value);
          const place = path === '' ? name : `${path}.${name}`;
          if (this.#paths.has(place)) throw this.#wrong(key, `${place} stands there more than once`);
          this.#paths.add(place);
          return [name, this.valueOf(value, place)];
        }),
      );
    }
    return isScalar(node) ? this.#textOf(node, path) : null;
  }

  #textOf(node: Node & { value: unknown; type?: string | undefined }, path: string): string | null {
    const text = String(node.value);
    if (node.type !== 'PLAIN') return text;
    if (NO_VALUE.test(text)) return null;
    if (AMBIGUOUS.test(text)) {
      throw this.#wrong(
        node,
        `${path === '' ? '' : `${path}: `}${text} is read in different ways by readers of YAML; write the number in ` +
          'plain decimal digits, or a text in quotes',
      );
    }
    return text;
  }

  #wrong(node: Node | null, what: string): ConfigurationError {
    return new ConfigurationError(`${this.#file}: line ${this.#lineOf(node)}: ${what}`);
  }
}
