import type { SettingsSchema } from './settings';

/**
 * The settings of a program as a text: for each its name and default, what it is, and what is allowed.
 *
 * @param meanings what each setting is, in words
 * @param variableOf the environment variable of a key, where it has another name
 */
export function settingsHelp<Schema extends SettingsSchema>(
  schema: Schema,
  meanings: Readonly<Record<keyof Schema, string>>,
  variableOf?: (key: string) => string,
): string {
  return Object.entries(schema)
    .map(([key, { byDefault, description = '' }]) => {
      const value = byDefault === undefined ? 'must be set' : `default ${byDefault}`;
      const variable = variableOf === undefined ? '' : ` or ${variableOf(key)}`;
      return `  ${key}${variable} (${value})\n      ${meanings[key]}: ${description}\n`;
    })
    .join('');
}
