import { dirname, join } from 'node:path';

import { preProcessFile } from 'typescript';

/** The files that each file imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Reads who imports whom: static and dynamic imports, exports from another file, and imports of types only.
 *
 * @param files texts of TypeScript files by their paths; imports of anything else are left out
 */
export function importGraph(files: ReadonlyMap<string, string>): ImportGraph {
  const importsOf = (path: string, text: string): string[] =>
    preProcessFile(text)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => `${join(dirname(path), fileName.replace(/\.js$/, ''))}.ts`)
      .filter((imported) => files.has(imported));
  return new Map([...files].map(([path, text]) => [path, importsOf(path, text)]));
}

/**
 * Finds files that import each other in a circle.
 *
 * @returns for each group of files that all reach each other one shortest circle, its first file again at the end
 */
export function importCircles(graph: ImportGraph): string[][] {
  const isInKnownCircle = new Set<string>();
  const circles: string[][] = [];
  for (const file of graph.keys()) {
    if (isInKnownCircle.has(file)) continue;
    const circle = shortestCircle(graph, file);
    if (circle === undefined) continue;
    circles.push(circle);
    for (const member of graph.keys()) {
      if (isReached(graph, file, member) && isReached(graph, member, file)) isInKnownCircle.add(member);
    }
  }
  return circles;
}

function shortestCircle(graph: ImportGraph, start: string): string[] | undefined {
  return pathTo(graph, start, start);
}

function isReached(graph: ImportGraph, from: string, to: string): boolean {
  return pathTo(graph, from, to) !== undefined;
}

/** A shortest path over at least one import. */
function pathTo(graph: ImportGraph, from: string, to: string): string[] | undefined {
  const previous = new Map<string, string>();
  const queue = [from];
  for (const file of queue) {
    for (const imported of graph.get(file) ?? []) {
      if (previous.has(imported)) continue;
      previous.set(imported, file);
      if (imported === to) return pathBack(previous, from, to);
      queue.push(imported);
    }
  }
  return undefined;
}

function pathBack(previous: ReadonlyMap<string, string>, from: string, to: string): string[] {
  const path = [to];
  do path.unshift(previous.get(path[0]!)!);
  while (path[0] !== from);
  return path;
}
