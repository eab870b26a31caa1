import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';
import { readServerConfiguration, ServerConfiguration } from '../config';

/** A folder for the test's files. */
export const folder = mkdtempSync(join(tmpdir(), 'lottery-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The configuration file of the test. */
export const file = join(folder, 'config.ini');

/** Reads settings from a text. @param environment what wins over it */
export function read(text: string, environment: NodeJS.ProcessEnv = {}): ServerConfiguration {
  writeFileSync(file, text);
  return readServerConfiguration(file, environment);
}

/** What a wrong configuration is told: one line. */
export function refusal(text: string, environment: NodeJS.ProcessEnv = {}): string {
  try {
    read(text, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as ConfigurationError;
    expect(message).not.toMatch(/[\r\n]/);
    return message;
  }
  throw new Error('it was taken');
}
