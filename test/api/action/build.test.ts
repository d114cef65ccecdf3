import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, mutateOn } from '#test/support/mutate';
import { type Registry, startRegistry } from '#test/support/registry';
import { type Workspace, seed } from '#test/support/seed';

let registry: Registry;
let millrace: Millrace;
let workspace: Workspace;
let token: string;
let write: Mutate;

beforeAll(async () => {
  registry = await startRegistry([
    { name: 'dep', version: '1.0.0', files: { 'index.js': 'module.exports = () => 1;' } },
    { name: 'needs-net', version: '1.0.0', files: { 'index.js': "module.exports = require('net');" } },
  ]);
  millrace = await startMillrace({ settings: { DEPENDENCIES_REGISTRY: registry.url } });
  write = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token();
});
afterAll(() => registry.close());
beforeEach(() => registry.hold(null));

const shown = `id status builtAt errors { id message line column } draft { deployWhenBuilt } deployedVersion { number action { code } }`;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly deployedVersion: { readonly number: number; readonly action: { readonly code: string } } | null;
}

async function save(field: 'createAction' | 'updateAction', input: Readonly<Record<string, unknown>>): Promise<Shown> {
  const result = await write(token, field, input, `action { ${shown} }`);
  expect(result).toMatchObject({ __typename: expect.stringMatching(/Success$/) as string });
  return result['action'] as Shown;
}

async function read(id: string): Promise<Shown> {
  const { data } = await millrace.ask(token, `query ($id: ID!) { node(id: $id) { ... on Action { ${shown} } } }`, { id });
  return data?.['node'] as Shown;
}

function becomes(id: string, fields: object): Promise<void> {
  return vi.waitFor(async () => expect(await read(id)).toMatchObject(fields), { timeout: 20_000, interval: 50 });
}

async function ends(id: string, payload: object, fields: object): Promise<void> {
  const { run } = (await write(token, 'triggerAction', { id, payload }, 'run { id }')) as unknown as {
    readonly run: { readonly id: string };
  };
  await vi.waitFor(
    async () => {
      const { data } = await millrace.ask(
        token,
        `query ($id: ID!) { node(id: $id) { ... on Run { status output error { code message line column } } } }`,
        { id: run.id },
      );
      expect(data?.['node']).toMatchObject(fields);
    },
    { timeout: 20_000, interval: 50 },
  );
}

const code = "import dep from 'dep'; export default (): number => dep();";
const withDep = { code, language: 'TYPESCRIPT', dependencies: [{ name: 'dep', version: '^1.0.0' }] };

describe('an action whose code a worker builds', () => {
  it('goes live by itself when it is built', async () => {
    registry.hold('/dep');
    const { id, deployedVersion } = await save('createAction', { name: 'Sum', ...withDep });
    expect(deployedVersion).toBeNull();
    await becomes(id, { status: 'BUILDING', draft: { deployWhenBuilt: true }, deployedVersion: null });
    registry.hold(null);
    await becomes(id, { status: 'BUILT', errors: [], draft: null, deployedVersion: { number: 1, action: { code } } });
  });

  it('runs with its packages and modules, and tells of errors in the lines of the author', async () => {
    await write(token, 'createModule', {
      name: 'Money',
      key: 'money',
      language: 'TYPESCRIPT',
      code: 'export const pay = (n: number): number => n * 3;',
    });
    const { id } = await save('createAction', {
      name: 'Runs',
      ...withDep,
      modules: [{ module: 'money' }],
      code: `import dep from 'dep';
import { pay } from 'actions:money';
enum Mood { Glad = 'glad' }
interface Input { readonly n: number | null }
export default ({ n }: Input): object => {
  if (n === null) throw new Error('no number');
  return { paid: pay(n) + dep(), mood: Mood.Glad };
};`,
    });
    await becomes(id, { status: 'BUILT', deployedVersion: { number: 1 } });
    await ends(id, { n: 2 }, { status: 'SUCCEEDED', output: { paid: 7, mood: 'glad' } });
    await ends(id, { n: null }, { status: 'FAILED', error: { code: 'UNCAUGHT', message: 'Error: no number', line: 6, column: 29 } });
  });

  it('stays as it was while its change cannot be built, and says why', async () => {
    const { id } = await save('createAction', { name: 'Stays', code: 'export default () => 1;' });
    await save('updateAction', {
      id,
      code: "import net from 'needs-net';\nexport default () => net;",
      dependencies: [{ name: 'needs-net', version: '1.0.0' }],
    });
    await becomes(id, {
      status: 'FAILED',
      errors: [{ id: 'node_builtin', message: expect.stringContaining('"needs-net" needs "net"') as string }],
    });
    expect((await read(id)).deployedVersion?.action.code).toBe('export default () => 1;');
    await save('updateAction', {
      id,
      code: 'export default () => {\n  return 1 as const as;\n};',
      dependencies: null,
      language: 'TYPESCRIPT',
    });
    await becomes(id, { status: 'FAILED', errors: [{ id: 'syntax', line: 2, column: 23 }] });
    await save('updateAction', { id, code: 'export default () => 2 as const;' });
    await becomes(id, { status: 'BUILT', draft: null, deployedVersion: { number: 2 } });
  });

  it('is deployed when it is built where the save asked for it, and not otherwise', async () => {
    const handler = (name: string) => `export const onExecutePostLogin = async (event: object): Promise<string> => '${name}';`;
    const made = { triggerPoint: 'post-login', language: 'TYPESCRIPT' };
    const asked = await save('createAction', { name: 'Asked', deploy: true, code: handler('asked'), ...made });
    const quiet = await save('createAction', { name: 'Quiet', code: handler('quiet'), ...made });
    await becomes(asked.id, { status: 'BUILT', deployedVersion: { number: 1 }, draft: { deployWhenBuilt: false } });
    await becomes(quiet.id, { status: 'BUILT', deployedVersion: null });
  });
});
