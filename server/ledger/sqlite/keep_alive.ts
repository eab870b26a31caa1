/**
 * Keeps every database, statement and iterator of this thread from being collected as garbage: on Node 24 the process
 * aborts when that happens while the thread waits. A thread opens its database once, so that they are few, and go
 * with it.
 */
import SqliteDatabase, { Database, Statement } from 'better-sqlite3';

const kept: unknown[] = [];
const prototype = SqliteDatabase.prototype;
const prepare = Reflect.get(prototype, 'prepare') as (sql: string) => Statement;

function prepareAndKeep(this: Database, sql: string): Statement {
  const statement = prepare.call(this, sql);
  const iterate = statement.iterate.bind(statement);
  statement.iterate = (...parameters) => {
    const iterator = iterate(...parameters);
    kept.push(iterator);
    return iterator;
  };
  kept.push(this, statement);
  return statement;
}

function pragmaAndKeep(this: Database, source: string, options?: { simple?: boolean }): unknown {
  const statement = this.prepare(`PRAGMA ${source}`);
  if (!statement.reader) return statement.run();
  return options?.simple === true ? statement.pluck().get() : statement.all();
}

Reflect.set(prototype, 'prepare', prepareAndKeep);
Reflect.set(prototype, 'pragma', pragmaAndKeep);
