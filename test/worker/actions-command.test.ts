import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configure } from '#cli/actions';
import { openSecrets } from '#domain/secret/secret.service';
import { type Millrace, startMillrace } from '#test/support/api';
import { compiled } from '#test/support/compiled';
import { mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';

let millrace: Millrace;
let workspace: Workspace;
let token: string;
let folder: string;

beforeAll(async () => {
  millrace = await startMillrace();
});

beforeEach(async () => {
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token();
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-actions-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `millrace actions ...` as its main does. */
async function actions(...words: readonly string[]): Promise<{ readonly out: string; readonly code: number }> {
  const lines: string[] = [];
  const spies = (['log', 'error'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((line) => void lines.push(String(line))),
  );
  vi.stubEnv('MILLRACE_URL', millrace.url);
  vi.stubEnv('MILLRACE_TOKEN', token);
  const command = new Command('actions').exitOverride();
  configure(command);
  try {
    await command.parseAsync([...words], { from: 'user' });
    return { out: lines.join('\n'), code: Number(process.exitCode ?? 0) };
  } catch (error) {
    return { out: [...lines, error instanceof Error ? error.message : String(error)].join('\n'), code: 1 };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}

const pull = (...words: readonly string[]) => actions('pull', folder, ...words);
const push = (...words: readonly string[]) => actions('push', folder, ...words);
const diff = (...words: readonly string[]) => actions('diff', folder, ...words);

async function put(key: string, json: object, code: string, name = 'code.js'): Promise<void> {
  await mkdir(path.join(folder, key), { recursive: true });
  await writeFile(path.join(folder, key, 'action.json'), JSON.stringify(json));
  await writeFile(path.join(folder, key, name), code);
}

/** Every file of the folder with its bytes. */
async function files(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const read = found.sort().map(async (file) => [path.relative(folder, file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function shown(key: string) {
  const text =
    'query ($key: String!) { action(key: $key) { name code language publishPolicy configuration modules { version } secrets { name } deployedVersion { number } } }';
  const { data } = await millrace.ask(token, text, { key });
  return data?.['action'];
}

const login = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} };\n`;

describe('millrace actions', () => {
  it('writes what is on the server, and neither changes anything when it is asked again', async () => {
    const write = mutateOn(millrace);
    await write(token, 'createModule', { key: 'shared', name: 'Shared', code: 'export const one = 1;' });
    const secrets = [{ name: 'API_KEY', value: 'planted' }];
    const more = { labels: ['x'], retry: { maxRetries: 2 }, timeout: 'PT5S', payload: { b: 1, a: 2 }, configuration: { B: '2', A: '1' } };
    await write(token, 'createAction', { key: 'plain', name: 'Plain', code: 'export default () => 1', secrets, ...more });
    await write(token, 'createAction', {
      key: 'login',
      name: 'Login',
      triggerPoint: 'post-login',
      code: login('1'),
      modules: [{ module: 'shared' }],
    });
    await write(token, 'createAction', { key: 'mapping', name: 'Mapping', transform: { a: 1 } });
    await mkdir(path.join(folder, 'plain'));
    await writeFile(path.join(folder, 'plain', 'notes.txt'), 'mine');
    expect(await pull()).toEqual({ out: 'login: written\nplain: written', code: 0 });
    const written = await files();
    expect(Object.keys(written)).toEqual(['login/action.json', 'login/code.js', 'plain/action.json', 'plain/code.js', 'plain/notes.txt']);
    expect(written['plain/code.js']).toBe('export default () => 1');
    expect(JSON.parse(String(written['plain/action.json']))).toMatchObject({ ...more, secrets: { API_KEY: { env: 'API_KEY' } } });
    expect(JSON.parse(String(written['login/action.json']))).toMatchObject({ triggerPoint: 'post-login', modules: { shared: 1 } });
    expect(JSON.stringify(written)).not.toContain('planted');
    expect(await push()).toEqual({ out: 'login: unchanged\nplain: unchanged', code: 0 });
    expect(await diff()).toEqual({ out: '', code: 0 });
    expect(await pull()).toEqual({ out: 'login: unchanged\nplain: unchanged', code: 0 });
    expect(await files()).toEqual(written);
  });

  it('makes and changes what stands in the folder, and a pull after that changes no byte', async () => {
    await put(
      'greet',
      { priority: 2, name: 'Greet', configuration: { WORD: 'Hello' }, timeout: 'PT05S', retry: { maxRetries: 1 } },
      'export default () => 1',
    );
    expect(await push()).toEqual({ out: 'greet: created', code: 0 });
    const written = await files();
    expect(await pull()).toEqual({ out: 'greet: unchanged', code: 0 });
    expect(await files()).toEqual(written);
    await put('greet', { name: 'Other' }, 'export default () => 2');
    const shownDifference = await diff();
    expect(shownDifference.code).toBe(1);
    expect(shownDifference.out).toContain('--- server/greet/action.json\n+++ folder/greet/action.json');
    expect(shownDifference.out).toContain('-  "name": "Greet"');
    expect(shownDifference.out).toContain('+  "name": "Other"');
    expect(shownDifference.out).toContain('-export default () => 1\n');
    expect(await push('--action', 'greet')).toEqual({ out: 'greet: changed', code: 0 });
    expect(await shown('greet')).toMatchObject({ name: 'Other', code: 'export default () => 2', configuration: {} });
    expect(await diff()).toEqual({ out: '', code: 0 });
  });

  it('gives secrets the values of their environment variables, and keeps what is not set', async () => {
    await put('secretive', { name: 'Secretive', secrets: { API_KEY: { env: 'MY_API_KEY' } } }, 'export default () => 1');
    const refused = await push();
    expect(refused.code).toBe(1);
    expect(refused.out).toBe(
      `${path.join(folder, 'secretive', 'action.json')}: secrets.API_KEY: The secret is new: its value is read from the environment variable MY_API_KEY, which is not set.`,
    );
    expect(await shown('secretive')).toBeNull();
    vi.stubEnv('MY_API_KEY', 'planted');
    expect(await push()).toMatchObject({ out: 'secretive: created', code: 0 });
    vi.stubEnv('MY_API_KEY', '');
    expect(await push()).toMatchObject({ out: 'secretive: unchanged', code: 0 });
    const { id } = await millrace.app.db.prisma.automation.findFirstOrThrow({ where: { workspaceId: workspace.uuid, key: 'secretive' } });
    expect((await openSecrets(millrace.app, [id])).get(id)).toEqual(new Map([['API_KEY', 'planted']]));
    await mutateOn(millrace)(token, 'setSecret', { action: 'secretive', name: 'LATER', value: 'planted' });
    expect(await pull()).toMatchObject({ out: 'secretive: written' });
    const written = JSON.parse(String((await files())['secretive/action.json'])) as object;
    expect(written).toMatchObject({ secrets: { API_KEY: { env: 'MY_API_KEY' }, LATER: { env: 'LATER' } } });
  });

  it('waits for the build and makes it live, or shows what is wrong with the place in the file', async () => {
    const json = { name: 'Typed', triggerPoint: 'post-login', language: 'TYPESCRIPT' };
    await put('typed', json, 'export const onExecutePostLogin = () => {\n  const a: = 1;\n};', 'code.ts');
    await put('plain', { name: 'Plain' }, '\nexport default (;');
    const failed = await push('--deploy');
    expect(failed.code).toBe(1);
    expect(failed.out).toContain(`${path.join(folder, 'plain', 'code.js')}:2:`);
    expect(failed.out).toContain('typed: created');
    expect(failed.out).toContain(`${path.join(folder, 'typed', 'code.ts')}:2:12: `);
    await put('typed', json, 'export const onExecutePostLogin = (): number => 1;', 'code.ts');
    await put('plain', { name: 'Plain' }, 'export default () => 1;');
    expect(await push('--deploy')).toEqual({
      out: 'plain: created\nplain: version 1 is live\ntyped: changed\ntyped: version 1 is live',
      code: 0,
    });
    expect(await push('--deploy')).toMatchObject({
      out: 'plain: unchanged\nplain: version 1 is live\ntyped: unchanged\ntyped: version 1 is live',
    });
    expect(await shown('typed')).toMatchObject({ language: 'TYPESCRIPT', publishPolicy: 'MANUAL', deployedVersion: { number: 1 } });
  });

  it('says what cannot be, before it writes anything', async () => {
    await workspace.action({ key: 'auto', name: 'Auto' });
    await put('auto', { name: 'Auto', publishPolicy: 'MANUAL' }, 'export default () => 1');
    await put('new', { name: 'New' }, 'export default () => 1');
    const refused = await push();
    expect(refused.out).toContain('publishPolicy: This is decided when an action is made: on the server it is AUTO, here MANUAL.');
    expect(await shown('new')).toBeNull();
    await put('new', { name: 'New', language: 'TYPESCRIPT' }, 'export default () => 1');
    expect((await push()).out).toContain(`${path.join(folder, 'new', 'code.ts')}: This file is missing`);
    await put('new', { name: 'New', secret: 'planted' }, 'export default () => 1');
    expect((await diff('--action', 'new')).out).toContain(`${path.join(folder, 'new', 'action.json')}: `);
    expect((await pull('--action', '..')).out).toContain('is no key that can be a folder');
    expect((await pull('--action', 'nowhere')).out).toBe('nowhere: There is no such action on the server.');
    expect((await actions('push', path.join(folder, 'nowhere'))).out).toContain('There is no folder');
  });

  it('ends its process with 1 when there is a difference, and with 0 otherwise', async () => {
    const env = { PATH: process.env['PATH'], MILLRACE_URL: millrace.url, MILLRACE_TOKEN: token };
    const main = (...words: readonly string[]) =>
      promisify(execFile)(process.execPath, [compiled('src/cli/main.ts'), 'actions', ...words, folder], {
        env,
      });
    await put('greet', { name: 'Greet' }, 'export default () => 1');
    await expect(main('diff')).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('+++ folder/greet/code.js') as string });
    expect(await main('push')).toMatchObject({ stdout: 'greet: created\n' });
    expect(await main('diff')).toMatchObject({ stdout: '' });
  });

  it('works in a workspace that is named by its key, with a token that may do so', async () => {
    const { key } = await millrace.app.db.prisma.workspace.findUniqueOrThrow({ where: { id: workspace.uuid } });
    await put('named', { name: 'Named' }, 'export default () => 1');
    expect(await push('--workspace', key)).toMatchObject({ out: 'named: created' });
    expect((await push('--workspace', 'nowhere')).out).toBe('There is no workspace nowhere.');
    await mutateOn(millrace)(token, 'setSecret', { action: 'named', name: 'KEY', value: 'planted' });
    token = await workspace.token('VIEWER');
    await rm(path.join(folder, 'named'), { recursive: true });
    expect(await pull()).toMatchObject({ out: 'named: written' });
    // Who may not know of secrets writes nothing of them, so that a push does not take them away.
    expect(JSON.parse(String((await files())['named/action.json']))).not.toHaveProperty('secrets');
    await put('named', { name: 'Renamed' }, 'export default () => 1');
    expect(await push()).toMatchObject({ out: expect.stringContaining('(FORBIDDEN)') as string, code: 1 });
    token = 'wrong';
    expect(await pull()).toMatchObject({ code: 1 });
  });
});
