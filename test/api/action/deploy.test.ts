import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';

let millrace: Millrace;
let workspace: Workspace;
let token: string;
let write: Mutate;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  write = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token();
});

interface Change {
  readonly code: string;
  readonly dependencies: readonly object[];
  readonly secrets: readonly object[];
  readonly others: readonly string[];
}
interface Shown {
  readonly id: string;
  readonly code: string;
  readonly status: string;
  readonly builtAt: string | null;
  readonly errors: readonly { readonly id: string; readonly line: number; readonly column: number }[];
  readonly allChangesDeployed: boolean;
  readonly undeployedChanges: Change | null;
  readonly draft: { readonly action: { readonly code: string } } | null;
  readonly deployedVersion: {
    readonly id: string;
    readonly number: number;
    readonly action: { readonly code: string };
    readonly secrets: readonly { readonly name: string; readonly updatedAt: string }[];
    readonly changes: Change | null;
  } | null;
  readonly versions: {
    readonly edges: readonly { readonly node: { readonly id: string; readonly number: number; readonly deployed: boolean } }[];
  };
  readonly publishPolicy: string;
  readonly runtime: string;
}

const changes = 'code dependencies { name from to } secrets { name change } others';
const shown = `id supportedTriggers { id version } publishPolicy code runtime language status builtAt errors { id message line column url } allChangesDeployed
  undeployedChanges { ${changes} } draft { action { code } deployWhenBuilt }
  deployedVersion { id number action { code } secrets { name updatedAt } changes { ${changes} } }
  versions { edges { node { id number deployed } } }`;
const places = '... on InvalidInputError { fields { line column } }';
type Input = Readonly<Record<string, unknown>>;
const create = (input: Input) => write(token, 'createAction', input, `action { ${shown} }`, places);
const update = (input: Input) => write(token, 'updateAction', input, `action { ${shown} }`, places);
const deploy = (input: Input) => write(token, 'deployAction', input, `action { ${shown} }`);
const rollBack = (input: Input) => write(token, 'rollBackAction', input, `action { ${shown} }`);
const actionOf = (result: Result) => result['action'] as Shown;
const versionsOf = ({ versions }: Pick<Shown, 'versions'>) => versions.edges.map(({ node }) => node);
const faults = (result: Result) => (result.fields ?? []).map(({ path, code }) => `${path.join('.')} ${code}`);

const uuidOf = (id = '') => id.slice(id.indexOf('_') + 1);
const login = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} };`;

describe('an action of a trigger point', () => {
  it('is a draft until it is deployed, and again after each change', async () => {
    const made = actionOf(await create({ name: 'Greet', triggerPoint: 'post-login', code: login('1') }));
    expect(made).toMatchObject({
      publishPolicy: 'MANUAL',
      supportedTriggers: [{ id: 'post-login', version: 'v3' }],
      runtime: 'node22',
      status: 'BUILT',
      errors: [],
      allChangesDeployed: false,
      deployedVersion: null,
      versions: { edges: [] },
      draft: { action: { code: login('1') } },
    });
    expect(made.builtAt).not.toBeNull();
    const first = actionOf(await deploy({ id: made.id }));
    expect(first).toMatchObject({ allChangesDeployed: true, undeployedChanges: null, deployedVersion: { number: 1 } });
    const changed = actionOf(await update({ id: made.id, code: login('2') }));
    expect(changed).toMatchObject({
      code: login('2'),
      allChangesDeployed: false,
      deployedVersion: { number: 1, action: { code: login('1') } },
      undeployedChanges: { dependencies: [], secrets: [], others: [] },
    });
    expect(changed.undeployedChanges?.code).toContain(`-${login('1')}`);
    expect(changed.undeployedChanges?.code).toContain(`+${login('2')}`);
    const second = actionOf(await deploy({ id: made.id }));
    expect(second).toMatchObject({ allChangesDeployed: true, deployedVersion: { number: 2, action: { code: login('2') } } });
    expect(versionsOf(second).map(({ number, deployed }) => [number, deployed])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(second.deployedVersion?.changes?.code).toContain(`+${login('2')}`);
    // Nothing has changed since.
    expect(actionOf(await deploy({ id: made.id })).deployedVersion?.number).toBe(2);
  });

  it('is live at once when it is created with deploy', async () => {
    const made = actionOf(await create({ name: 'At once', triggerPoint: 'post-login', code: login('1'), deploy: true }));
    expect(made).toMatchObject({ allChangesDeployed: true, deployedVersion: { number: 1 } });
  });

  it('keeps a draft that cannot be built, says where it is wrong, and does not deploy it', async () => {
    const made = actionOf(await create({ name: 'Broken', triggerPoint: 'post-login', code: '\n  exports.x = (;' }));
    expect(made).toMatchObject({ status: 'FAILED', builtAt: null, errors: [{ id: 'syntax', line: 2 }] });
    const refused = await deploy({ id: made.id });
    expect(codeOf(refused)).toBe('CONFLICT');
    expect(refused.message).toContain('line 2');
    const mended = actionOf(await update({ id: made.id, code: login('1') }));
    expect(mended).toMatchObject({ status: 'BUILT', errors: [] });
    expect(codeOf(await deploy({ id: made.id }))).toMatch(/Success$/);
  });

  it('cannot be triggered before it is deployed', async () => {
    const made = actionOf(await create({ name: 'Not yet', triggerPoint: 'post-login', code: login('1') }));
    expect(codeOf(await write(token, 'triggerAction', { id: made.id }, 'run { id }'))).toBe('CONFLICT');
  });

  it('is refused what only other actions have, and an unknown point', async () => {
    expect(faults(await create({ name: 'x', triggerPoint: 'post-login', transform: 1 }))).toEqual(['code REQUIRED']);
    expect(faults(await create({ name: 'x', triggerPoint: 'post-login', code: login(''), payload: 1, retry: { maxRetries: 1 } }))).toEqual([
      'payload UNEXPECTED',
      'retry UNEXPECTED',
    ]);
    expect(faults(await create({ name: 'x', triggerPoint: 'post-lunch', code: login('') }))).toEqual([
      'triggerPoint UNKNOWN_TRIGGER_POINT',
    ]);
    expect(faults(await create({ name: 'x', code: 'export default () => 1', runtime: 'node6' }))).toEqual(['runtime INVALID']);
  });
});

describe('an upsert of an action with a draft', () => {
  it('changes the draft, deploys it when told to, and does not move it to another trigger point', async () => {
    const whole = { key: 'whole', name: 'Whole', triggerPoint: 'post-login' };
    const upsert = (input: Input) => write(token, 'upsertAction', { ...whole, ...input }, `action { ${shown} }`);
    expect(actionOf(await upsert({ code: login('1') }))).toMatchObject({ allChangesDeployed: false, deployedVersion: null });
    expect(actionOf(await upsert({ code: login('2'), deploy: true }))).toMatchObject({
      deployedVersion: { number: 1, action: { code: login('2') } },
    });
    expect(actionOf(await upsert({ code: login('3') }))).toMatchObject({
      code: login('3'),
      deployedVersion: { action: { code: login('2') } },
    });
    // A secret that is set anew is a change, with the same code.
    const secret = { code: login('3'), secrets: [{ name: 'KEY', value: 'one' }], deploy: true };
    expect(actionOf(await upsert(secret))).toMatchObject({
      allChangesDeployed: true,
      deployedVersion: { number: 2, secrets: [{ name: 'KEY' }] },
    });
    const anew = actionOf(await upsert({ ...secret, secrets: [{ name: 'KEY', value: 'two' }] }));
    expect(anew).toMatchObject({ allChangesDeployed: true, deployedVersion: { number: 3 } });
    expect(actionOf(await upsert({ ...secret, secrets: [{ name: 'KEY' }] })).deployedVersion?.number).toBe(3);
    expect(faults(await upsert({ code: login('3'), triggerPoint: 'credentials-exchange' }))).toEqual(['triggerPoint IMMUTABLE']);
    expect(faults(await upsert({ code: login('3'), publishPolicy: 'AUTO' }))).toEqual(['publishPolicy IMMUTABLE']);
  });
});

describe('the secrets of an action with a draft', () => {
  it('are copied to the version, and a change of one is a change that is not deployed', async () => {
    const secrets = [
      { name: 'KEY', value: 'one' },
      { name: 'OTHER', value: 'two' },
    ];
    const made = actionOf(await create({ name: 'Secretive', triggerPoint: 'post-login', code: login('1'), secrets }));
    const first = actionOf(await deploy({ id: made.id }));
    expect(first.deployedVersion?.secrets.map(({ name }) => name)).toEqual(['KEY', 'OTHER']);
    expect(first.allChangesDeployed).toBe(true);
    // The names alone keep their values.
    const kept = actionOf(await update({ id: made.id, secrets: [{ name: 'KEY' }, { name: 'OTHER' }] }));
    expect(kept.allChangesDeployed).toBe(true);
    const changed = actionOf(
      await update({
        id: made.id,
        secrets: [
          { name: 'KEY', value: 'three' },
          { name: 'NEW', value: 'four' },
        ],
      }),
    );
    expect(changed.undeployedChanges).toMatchObject({
      code: '',
      secrets: [
        { name: 'KEY', change: 'SET_ANEW' },
        { name: 'NEW', change: 'ADDED' },
        { name: 'OTHER', change: 'REMOVED' },
      ],
    });
    expect(changed.deployedVersion?.secrets.map(({ name }) => name)).toEqual(['KEY', 'OTHER']);
    expect(actionOf(await deploy({ id: made.id })).deployedVersion).toMatchObject({
      number: 2,
      secrets: [{ name: 'KEY' }, { name: 'NEW' }],
    });
  });

  it('need a value when they are new, and nothing is changed when one has none', async () => {
    const made = actionOf(
      await create({ name: 'Whole', triggerPoint: 'post-login', code: login('1'), secrets: [{ name: 'A', value: 'a' }] }),
    );
    expect(faults(await update({ id: made.id, code: login('2'), secrets: [{ name: 'B' }] }))).toEqual(['secrets.0.value REQUIRED']);
    expect(actionOf(await update({ id: made.id })).code).toBe(login('1'));
  });
});

describe('going back to a version', () => {
  it('makes a new one that is equal, live at once, and leaves the draft unless it is told to', async () => {
    const made = actionOf(await create({ name: 'Back', triggerPoint: 'post-login', code: login('1'), deploy: true }));
    await update({ id: made.id, code: login('2') });
    await deploy({ id: made.id });
    const version = made.deployedVersion?.id;
    const back = actionOf(await rollBack({ version }));
    expect(back).toMatchObject({
      code: login('2'),
      allChangesDeployed: false,
      deployedVersion: { number: 3, action: { code: login('1') } },
    });
    expect(actionOf(await rollBack({ version, updateDraft: true }))).toMatchObject({
      code: login('1'),
      allChangesDeployed: true,
      deployedVersion: { number: 4 },
    });
  });

  it('works for an action that goes live at every save', async () => {
    const made = actionOf(await create({ name: 'Auto', code: 'export default () => 1' }));
    await update({ id: made.id, code: 'export default () => 2' });
    expect(actionOf(await rollBack({ version: made.deployedVersion?.id }))).toMatchObject({
      code: 'export default () => 1',
      draft: null,
      deployedVersion: { number: 3 },
    });
    expect(codeOf(await deploy({ id: made.id }))).toBe('CONFLICT');
  });

  it('in another environment does not keep the same code from going live in production', async () => {
    await write(token, 'createEnvironment', { key: 'elsewhere', name: 'Elsewhere' }, 'environment { id }');
    const made = actionOf(await create({ name: 'Two places', code: 'export default () => 1' }));
    await update({ id: made.id, code: 'export default () => 2' });
    const there = actionOf(await rollBack({ version: made.deployedVersion?.id, environment: 'elsewhere' }));
    expect(there.deployedVersion?.action.code).toBe('export default () => 2');
    const again = { id: made.id, code: 'export default () => 1' };
    expect(actionOf(await update(again)).deployedVersion).toMatchObject({ number: 4, action: { code: again.code } });
    expect(actionOf(await update(again)).deployedVersion).toMatchObject({ number: 4 });
  });

  it('keeps 50 versions, and the one that is live in any environment beyond them', async () => {
    const environment = await write(token, 'createEnvironment', { key: 'staging', name: 'Staging' }, 'environment { id }');
    expect(codeOf(environment)).toMatch(/Success$/);
    const made = actionOf(await create({ name: 'Many', triggerPoint: 'post-login', code: login('0'), deploy: true }));
    await update({ id: made.id, code: login('staged') });
    const staged = versionsOf(actionOf(await deploy({ id: made.id, environment: 'staging' })))[0]?.id;
    const { prisma } = millrace.app.db;
    const row = await prisma.automationVersion.findFirstOrThrow({
      where: { id: uuidOf(staged) },
    });
    const old = Array.from({ length: 51 }, (_, index) => ({
      ...row,
      id: newId(),
      number: index + 3,
      status: 'INACTIVE' as const,
      spec: {},
    }));
    await prisma.automationVersion.createMany({ data: old });
    await rollBack({ version: staged });
    const { data } = await millrace.ask(token, `{ action(id: "${made.id}") { versions(first: 200) { edges { node { number } } } } }`);
    const numbers = versionsOf(data?.['action'] as Shown)
      .map(({ number }) => number)
      .sort((a, b) => a - b);
    expect(numbers.slice(0, 2)).toEqual([2, 5]);
    expect(numbers).toHaveLength(51);
  });
});

describe('actions are found', () => {
  it('by their trigger point, by whether they are deployed, and by their name', async () => {
    const own = await (await seed(millrace.app).workspace()).token();
    const make = (input: Input) => write(own, 'createAction', input, 'action { id }');
    await make({ name: 'Live one', triggerPoint: 'post-login', code: login('1'), deploy: true });
    await make({ name: 'Draft one', triggerPoint: 'post-login', code: login('1') });
    await make({ name: 'Plain', code: 'export default () => 1' });
    const names = async (filter: Input) => {
      const document =
        'query ($filter: ActionFilter) { actions(filter: $filter, orderBy: [{ field: NAME, direction: ASC }]) { edges { node { name } } } }';
      const { data } = await millrace.ask(own, document, { filter });
      const { edges } = data?.['actions'] as { readonly edges: readonly { readonly node: { readonly name: string } }[] };
      return edges.map(({ node }) => node.name);
    };
    expect(await names({ triggerPoint: 'post-login' })).toEqual(['Draft one', 'Live one']);
    expect(await names({ deployed: true })).toEqual(['Live one', 'Plain']);
    expect(await names({ deployed: false })).toEqual(['Draft one']);
    expect(await names({ name: 'plain' })).toEqual(['Plain']);
    expect(await names({ installed: true })).toEqual([]);
  });
});
