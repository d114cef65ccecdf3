import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { seed } from '#test/support/seed';

let millrace: Millrace;
let token: string;
let write: Mutate;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  write = mutateOn(millrace);
  token = await (await seed(millrace.app).workspace()).token();
});

type Input = Readonly<Record<string, unknown>>;
const shown = 'module { id key name versions { totalCount edges { node { number language code } } } }';
const create = (input: Input) => write(token, 'createModule', input, shown);
const update = (input: Input) => write(token, 'updateModule', input, shown);
interface Shown {
  readonly id: string;
  readonly versions: {
    readonly totalCount: number;
    readonly edges: readonly { readonly node: { readonly number: number; readonly code: string } }[];
  };
}
const moduleOf = (result: Result) => result['module'] as Shown;
const faults = (result: Result) => (result.fields ?? []).map(({ path, code }) => `${path.join('.')} ${code}`);
const using = (modules: readonly Input[]) => ({ code: 'export default () => 1', publishPolicy: 'MANUAL', modules });
const action = (input: Input) => write(token, 'createAction', input, 'action { id modules { version module { key } } }');

describe('a module', () => {
  it('gets a version with each change of its code, which those that are there keep', async () => {
    const made = moduleOf(await create({ key: 'greetings', name: 'Greetings', code: 'export const a = 1' }));
    expect(made.versions).toMatchObject({
      totalCount: 1,
      edges: [{ node: { number: 1, language: 'JAVASCRIPT', code: 'export const a = 1' } }],
    });
    expect(moduleOf(await update({ id: made.id, name: 'Other' })).versions.totalCount).toBe(1);
    const changed = moduleOf(await update({ key: 'greetings', code: 'export const a = 2' }));
    expect(changed.versions.edges.map(({ node }) => [node.number, node.code])).toEqual([
      [2, 'export const a = 2'],
      [1, 'export const a = 1'],
    ]);
  });

  it('is named by actions at a version, the newest when they name none', async () => {
    await create({ key: 'named', name: 'Named', code: 'export const a = 1' });
    await update({ key: 'named', code: 'export const a = 2' });
    expect(await action({ name: 'Newest', ...using([{ module: 'named' }]) })).toMatchObject({
      action: { modules: [{ version: 2, module: { key: 'named' } }] },
    });
    expect(await action({ name: 'First', ...using([{ module: 'named', version: 1 }]) })).toMatchObject({
      action: { modules: [{ version: 1 }] },
    });
  });

  it('is refused when it is not there, has no such version, or is named twice', async () => {
    await create({ key: 'once', name: 'Once', code: 'export const a = 1' });
    expect(faults(await action({ name: 'x', ...using([{ module: 'once' }, { module: 'nothing' }]) }))).toEqual([
      'modules.1.module NOT_FOUND',
    ]);
    expect(faults(await action({ name: 'x', ...using([{ module: 'once', version: 7 }]) }))).toEqual(['modules.0.version UNKNOWN_VERSION']);
    expect(faults(await action({ name: 'x', ...using([{ module: 'once' }, { module: 'once' }]) }))).toEqual(['modules.1.module DUPLICATE']);
  });

  it('is not deleted while a draft or what is live names it', async () => {
    const { id } = moduleOf(await create({ key: 'kept', name: 'Kept', code: 'export const a = 1' }));
    const user = (await action({ key: 'user', name: 'User', ...using([{ module: 'kept' }]) }))['action'] as { readonly id: string };
    const refused = await write(token, 'deleteModule', { id });
    expect(codeOf(refused)).toBe('CONFLICT');
    expect(refused.message).toContain('user');
    await write(token, 'updateAction', { id: user.id, modules: null });
    expect(codeOf(await write(token, 'deleteModule', { id }))).toBe('DeleteModuleSuccess');
  });
});
