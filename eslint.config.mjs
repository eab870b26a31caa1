import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Who may import whom (ARCHITECTURE.md, "The rooms"): each room's own list of what it must not reach for. */
const rooms = {
  'protocol/**': [
    { regex: '^\\.\\./', message: 'protocol/ imports nothing of ours' },
    { regex: '^node:(?!buffer$)', message: 'protocol/ is pure: no socket, no file, no clock' },
  ],
  'program/**': [{ regex: '^\\.\\./', message: 'program/ imports nothing of ours' }],
  'server/lottery/**': [
    { regex: '/(doors|sqlite|postgres)/', message: 'the lottery knows neither doors nor engines' },
    { regex: '^node:(net|fs|http|worker_threads)', message: 'the lottery knows no socket and no file' },
  ],
  'server/ledger/**': [
    { regex: '/(doors|lottery)/', message: 'a ledger knows neither doors nor the lottery' },
  ],
  'server/doors/**': [
    { regex: '/(sqlite|postgres)/', message: 'a door reaches the ledger through the lottery alone' },
  ],
  'server/doors/http/page/**': [
    { regex: '^(\\.\\./|node:)', message: 'the page runs in a browser: it has its own files alone' },
  ],
  'client/**': [
    {
      regex: '^(\\.\\./)+(server|tools|bench|tests)/',
      message: 'client/ imports only protocol/ and program/',
    },
  ],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.run/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Loops over bytes index within bounds that they have checked.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
    },
  },
  {
    files: ['server/doors/http/page/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**'],
    languageOptions: {
      parserOptions: { project: './tsconfig.page.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  ...Object.entries(rooms).map(([room, patterns]) => ({
    files: [`${room}/*.ts`],
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  })),
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
