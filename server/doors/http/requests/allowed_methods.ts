import { decodedPath } from './operation';

/** In a route's pattern: a parameter, which is one segment of the path, or a star, which is all the rest. */
const PLACEHOLDER = /:[A-Za-z]+|\*/g;
const NEEDS_ESCAPE = /[.+?^${}()|[\]\\]/g;

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** The methods of each path, for `Allow` in a 405 (RFC 9110, 15.5.6). */
export class AllowedMethods {
  readonly #routes = new Map<string, KnownRoute>();

  /** Adds a route. */
  add(url: string, method: string | readonly string[]): void {
    let route = this.#routes.get(url);
    if (route === undefined) {
      route = { pattern: patternOf(url), methods: new Set() };
      this.#routes.set(url, route);
    }
    for (const name of [method].flat()) route.methods.add(name);
  }

  /** The methods of a path in alphabetical order; none if there is no such path. */
  of(path: string): readonly string[] {
    const methods = [...this.#routes.values()].flatMap((route) =>
      route.pattern.test(decodedPath(path)) ? [...route.methods] : [],
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
