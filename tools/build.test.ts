/** The command that compiles, in a folder of its own with a compiler that only seems to be one. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'build-'));
  mkdirSync(join(root, 'tools'));
  copyFileSync(join(__dirname, 'build.mjs'), join(root, 'tools', 'build.mjs'));
  put('tools/bundle/bundle.mjs', 'export const bundlePrograms = () => console.log("bundled") ?? 0;');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function putCompiler(text: string): void {
  put('node_modules/typescript/bin/tsc', text);
  put('server/ledger/remote/copy_scripts.mjs', 'console.log("copied");');
}

function build(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'tools', 'build.mjs'), ...words],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

test('the first time it says at once what takes so long', () => {
  putCompiler('console.log(process.argv.slice(2).join(" "));');
  expect(build('more.json')).toEqual({
    status: 0,
    stdout: '-b tsconfig.build.json tsconfig.page.json more.json\ncopied\nbundled\n',
    stderr: 'compiling, which takes about ten seconds the first time …\n',
  });
});

test('later it does not say so', () => {
  putCompiler('');
  put('dist/.tsbuildinfo', '');
  const { status, stdout, stderr } = build();
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'copied\nbundled\n' });
  // On a busy machine it may be told that it takes a moment.
  expect(stderr).not.toContain('first time');
});

test('an error in the code ends it with the compiler’s words and exit code', () => {
  putCompiler('console.log("error TS1005"); process.exitCode = 2;');
  put('dist/.tsbuildinfo', '');
  expect(build()).toMatchObject({ status: 2, stdout: 'error TS1005\n' });
});

test('without packages it names the command that installs them', () => {
  expect(build()).toEqual({
    status: 1,
    stdout: '',
    stderr: 'the packages are not installed: run `npm ci` first\n',
  });
});
