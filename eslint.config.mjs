import js from '@eslint/js';
import tseslint from 'typescript-eslint';

import rooms from './eslint_rooms.mjs';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.run/', 'coverage/', 'protocol/assembly/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { rooms },
    rules: {
      'rooms/imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Loops over bytes index within bounds that they have checked.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      'no-restricted-properties': [
        'error',
        {
          property: 'resetAndDestroy',
          message: 'A socket that has begun to end would stay open: use resetSocket.',
        },
      ],
    },
  },
  { files: ['server/testing/reset_socket.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['server/doors/http/page/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**'],
    languageOptions: {
      parserOptions: { project: './tsconfig.page.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { Buffer: 'readonly', __dirname: 'readonly' } } },
  {
    files: ['verifier/**/*.mjs', 'tools/bundle/*.mjs'],
    plugins: { rooms },
    rules: { 'rooms/imports': 'error' },
  },
);
