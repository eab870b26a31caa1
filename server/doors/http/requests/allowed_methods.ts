import { decoded } from './visits';

/** A route's pattern: a parameter stands for a part of the path, a star for any rest of it. */
const PLACEHOLDER = /:[A-Za-z]+|\*/g;
const NEEDS_ESCAPE = /[.+?^${}()|[\]\\]/g;

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** The methods that each path has: for whoever uses another one. */
export class AllowedMethods {
  readonly #routes = new Map<string, KnownRoute>();

  /** A route was added. */
  add(url: string, method: string | readonly string[]): void {
    let route = this.#routes.get(url);
    if (route === undefined) {
      route = { pattern: patternOf(url), methods: new Set() };
      this.#routes.set(url, route);
    }
    for (const name of [method].flat()) route.methods.add(name);
  }

  /** The methods of a path, in alphabetical order; none where there is no such path. */
  of(path: string): readonly string[] {
    const methods = [...this.#routes.values()].flatMap((route) =>
      route.pattern.test(decoded(path)) ? [...route.methods] : [],
    );
    return [...new Set(methods)].sort();
  }
}

function patternOf(url: string): RegExp {
  const pattern = url
    .replace(NEEDS_ESCAPE, '\\$&')
    .replace(PLACEHOLDER, (placeholder) => (placeholder === '*' ? '.*' : '[^/]+'));
  return new RegExp(`^${pattern}$`);
}
