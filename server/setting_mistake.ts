/** Mistakes in settings that only several of them together show. */
import { ConfigurationError } from '../program/exit';
import type { ServerKey, ServerSettings } from './config';

/** Where a setting was found and what it is called, as a line about it begins; without a place where it is the default. */
export function settingName({ placeOf }: Pick<ServerSettings, 'placeOf'>, key: ServerKey): string {
  const place = placeOf(key);
  return place === undefined ? key : `${place}: ${key}`;
}

/** The error for a setting. @param what what is wrong with it, and what is allowed */
export function wrongSetting(
  settings: Pick<ServerSettings, 'placeOf'>,
  key: ServerKey,
  what: string,
): ConfigurationError {
  return new ConfigurationError(`${settingName(settings, key)}: ${what}`);
}
