import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';

let millrace: Millrace;
let workspace: Workspace;
let token: string;
let write: Mutate;

type Input = Readonly<Record<string, unknown>>;
const login = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} };`;

beforeAll(async () => {
  millrace = await startMillrace();
  write = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token();
  await write(token, 'createIntegration', { name: 'Geo', key: 'geo' });
  await release({
    version: '1.0.0',
    code: login('1'),
    requiredSecrets: [{ name: 'API_KEY' }],
    requiredConfiguration: [{ name: 'REGION' }, { name: 'LEVEL', default: 'low' }],
  });
  await release({
    version: '1.1.0',
    code: login('2'),
    requiredSecrets: [{ name: 'API_KEY' }],
    requiredConfiguration: [{ name: 'REGION' }, { name: 'UNIT', default: 'km' }],
  });
});

const release = (input: Input) => write(token, 'releaseIntegration', { integration: 'geo', triggerPoint: 'post-login', ...input });

interface Shown {
  readonly id: string;
  readonly deployedVersion: { readonly id: string; readonly number: number } | null;
}

const shown = `id key code publishPolicy triggerPoint { key } configuration allChangesDeployed secrets { name } integration { key currentRelease { version } }
  installedRelease { version } deployedVersion { id number action { code configuration } secrets { name } }`;
const install = (input: Input) => write(token, 'installIntegration', { integration: 'geo', ...input }, `action { ${shown} }`);
const move = (input: Input) => write(token, 'installRelease', input, `action { ${shown} }`);
const change = (input: Input) => write(token, 'updateAction', input, `action { ${shown} }`);
const actionOf = (result: Result) => result['action'] as Shown;
const faults = (result: Result) => (result.fields ?? []).map(({ path, code }) => `${path.join('.')} ${code}`);
const given = { secrets: [{ name: 'API_KEY', value: 'planted' }], configuration: { REGION: 'eu' } };

describe('an integration that is installed', () => {
  it('is an action with the code and the trigger point of the release, live when it is deployed', async () => {
    const made = await install({ name: 'Check', release: '1.0.0', ...given });
    expect(made['action']).toMatchObject({
      key: 'check',
      code: login('1'),
      publishPolicy: 'MANUAL',
      triggerPoint: { key: 'post-login' },
      configuration: { REGION: 'eu', LEVEL: 'low' },
      secrets: [{ name: 'API_KEY' }],
      integration: { key: 'geo', currentRelease: { version: '1.1.0' } },
      installedRelease: { version: '1.0.0' },
      deployedVersion: null,
    });
    const live = await install({ name: 'Live', key: 'live', deploy: true, ...given });
    expect(live['action']).toMatchObject({
      installedRelease: { version: '1.1.0' },
      allChangesDeployed: true,
      deployedVersion: { number: 1, action: { code: login('2') }, secrets: [{ name: 'API_KEY' }] },
    });
    await workspace.action({ key: 'own' });
    const listed = await millrace.ask(
      token,
      '{ installed: actions(filter: { installed: true, integration: "geo" }) { edges { node { key } } } other: actions(filter: { integration: "nowhere" }) { totalCount } own: actions(filter: { installed: false }) { edges { node { key integration { key } installedRelease { id } } } } }',
    );
    expect(listed.data?.['installed']).toEqual({ edges: [{ node: { key: 'live' } }, { node: { key: 'check' } }] });
    expect(listed.data?.['other']).toEqual({ totalCount: 0 });
    expect(listed.data?.['own']).toEqual({ edges: [{ node: { key: 'own', integration: null, installedRelease: null } }] });
  });

  it('is made once for an idempotency key', async () => {
    const once = { name: 'Once', idempotencyKey: 'one', ...given };
    const [first, again] = [await install(once), await install(once)];
    expect(actionOf(again).id).toBe(actionOf(first).id);
    expect(codeOf(await install({ ...once, name: 'Other' }))).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('runs at its trigger point with the secrets and the configuration that it was given', async () => {
    const code = `exports.onExecutePostLogin = async ({ secrets, configuration }, api) => {
      api.user.setAppMetadata('seen', [secrets.API_KEY.length, configuration.REGION, configuration.LEVEL]);
    };`;
    await write(token, 'createIntegration', { name: 'Seen', key: 'seen' });
    const asked = {
      requiredSecrets: [{ name: 'API_KEY' }],
      requiredConfiguration: [{ name: 'REGION' }, { name: 'LEVEL', default: 'low' }],
    };
    await write(token, 'releaseIntegration', { integration: 'seen', version: '1.0.0', triggerPoint: 'post-login', code, ...asked });
    await install({ integration: 'seen', name: 'Seen', key: 'seen', deploy: true, ...given });
    await write(token, 'updateTriggerBindings', { triggerPoint: 'post-login', bindings: [{ ref: { actionName: 'seen' } }] });
    const fired = await write(
      token,
      'fireTriggerPoint',
      { triggerPoint: 'post-login', event: {}, wait: true },
      'decision { kind } commands { action command arguments }',
    );
    expect(fired).toMatchObject({
      decision: { kind: 'ALLOW' },
      commands: [{ action: 'seen', command: 'user.setAppMetadata', arguments: ['seen', [7, 'eu', 'low']] }],
    });
  });

  it('is refused with the names of the secrets and values that are missing or unknown', async () => {
    expect(faults(await install({ name: 'x' }))).toEqual(['secrets.API_KEY REQUIRED', 'configuration.REGION REQUIRED']);
    expect(faults(await install({ name: 'x', secrets: [{ name: 'API_KEY' }], configuration: { REGION: 'eu', OTHER: '1' } }))).toEqual([
      'secrets.API_KEY REQUIRED',
      'configuration.OTHER UNEXPECTED',
    ]);
    expect(faults(await install({ name: 'x', release: '3.0.0', ...given }))).toEqual(['release NOT_FOUND']);
    expect(faults(await install({ name: 'x', integration: 'nowhere', ...given }))).toEqual(['integration NOT_FOUND']);
    await write(token, 'createIntegration', { name: 'Empty', key: 'empty' });
    expect(await install({ name: 'x', integration: 'empty' })).toMatchObject({ code: 'CONFLICT', state: 'NOT_RELEASED' });
  });

  it('keeps its code and what it has to be given, whoever changes it', async () => {
    const { id } = actionOf(await install({ name: 'Fixed', key: 'fixed', ...given }));
    const edited = await change({ id, code: login('3'), dependencies: [], runtime: 'node18' });
    expect(faults(edited)).toEqual(['code UNEXPECTED', 'runtime UNEXPECTED', 'dependencies UNEXPECTED']);
    expect(edited.message).toContain('whose release 1.1.0 decides this');
    const whole = await write(token, 'upsertAction', { key: 'fixed', name: 'Fixed', code: login('3') });
    expect(faults(whole)).toEqual(['code UNEXPECTED']);
    expect(faults(await change({ id, secrets: [], configuration: null }))).toEqual([
      'secrets.API_KEY REQUIRED',
      'configuration.REGION REQUIRED',
    ]);
    expect(actionOf(await change({ id, name: 'Other', secrets: [{ name: 'API_KEY' }], configuration: { REGION: 'us' } }))).toMatchObject({
      code: login('2'),
      configuration: { REGION: 'us', UNIT: 'km' },
      installedRelease: { version: '1.1.0' },
    });
  });

  it('is not deployed without a secret that it has lost', async () => {
    const { id } = actionOf(await install({ name: 'Lost', key: 'lost', ...given }));
    const found = await millrace.ask(token, 'query ($id: ID!) { secrets(filter: { automation: $id }) { edges { node { id } } } }', { id });
    const [secret] = (found.data?.['secrets'] as { readonly edges: readonly { readonly node: { readonly id: string } }[] }).edges;
    await write(token, 'deleteSecret', { id: secret?.node.id });
    const refused = await write(token, 'deployAction', { id });
    expect(refused).toMatchObject({ code: 'CONFLICT', state: 'INCOMPLETE' });
    expect(refused.message).toContain('API_KEY');
  });

  it('is not deleted as long as an action comes from it', async () => {
    await write(token, 'createIntegration', { name: 'Held', key: 'held' });
    await write(token, 'releaseIntegration', { integration: 'held', version: '1.0.0', triggerPoint: 'post-login', code: login('1') });
    const { id } = actionOf(await install({ integration: 'held', name: 'Holder', key: 'holder' }));
    const refused = await write(token, 'deleteIntegration', { key: 'held' });
    expect(refused).toMatchObject({ code: 'CONFLICT', state: 'INSTALLED' });
    expect(refused.message).toContain('holder');
    await write(token, 'deleteAction', { id });
    expect(codeOf(await write(token, 'deleteIntegration', { key: 'held' }))).toBe('DeleteIntegrationSuccess');
  });
});

describe('another release', () => {
  it('becomes the draft, and is live when that is deployed; a version goes back to its release', async () => {
    const { id, deployedVersion } = actionOf(await install({ name: 'Moved', key: 'moved', release: '1.0.0', deploy: true, ...given }));
    expect((await move({ id, release: '1.1.0' }))['action']).toMatchObject({
      code: login('2'),
      installedRelease: { version: '1.1.0' },
      configuration: { REGION: 'eu', UNIT: 'km' },
      secrets: [{ name: 'API_KEY' }],
      allChangesDeployed: false,
      deployedVersion: { number: 1, action: { code: login('1') } },
    });
    expect((await write(token, 'deployAction', { id }, `action { ${shown} }`))['action']).toMatchObject({
      deployedVersion: { number: 2, action: { code: login('2') } },
    });
    const back = await write(token, 'rollBackAction', { version: deployedVersion?.id, updateDraft: true }, `action { ${shown} }`);
    expect(back['action']).toMatchObject({
      code: login('1'),
      installedRelease: { version: '1.0.0' },
      configuration: { REGION: 'eu', LEVEL: 'low' },
      allChangesDeployed: true,
    });
    expect((await move({ key: 'moved', deploy: true }))['action']).toMatchObject({
      installedRelease: { version: '1.1.0' },
      deployedVersion: { number: 4 },
    });
  });

  it('is refused when it is of another trigger point, unknown, asks for more, or the action was written here', async () => {
    await write(token, 'createIntegration', { name: 'Grows', key: 'grows' });
    const grow = (input: Input) => write(token, 'releaseIntegration', { integration: 'grows', triggerPoint: 'post-login', ...input });
    await grow({ version: '1.0.0', code: login('1') });
    await grow({ version: '2.0.0', code: login('2'), requiredSecrets: [{ name: 'NEW' }], requiredConfiguration: [{ name: 'SIZE' }] });
    await grow({ version: '3.0.0', triggerPoint: 'send-phone-message', code: 'exports.onExecuteSendPhoneMessage = async () => {};' });
    const { id } = actionOf(await install({ integration: 'grows', name: 'Grown', key: 'grown', release: '1.0.0' }));
    expect(faults(await move({ id, release: '2.0.0' }))).toEqual(['secrets.NEW REQUIRED', 'configuration.SIZE REQUIRED']);
    expect(faults(await move({ id, release: '2.0.0', configuration: { SIZE: '1' }, secrets: [{ name: 'NEW' }] }))).toEqual([
      'secrets.0.value REQUIRED',
    ]);
    expect(faults(await move({ id }))).toEqual(['release TRIGGER_POINT']);
    expect(faults(await move({ id, release: '9.0.0' }))).toEqual(['release NOT_FOUND']);
    const moved = await move({ id, release: '2.0.0', configuration: { SIZE: '1' }, secrets: [{ name: 'NEW', value: 'planted' }] });
    expect(moved['action']).toMatchObject({ installedRelease: { version: '2.0.0' }, secrets: [{ name: 'NEW' }] });
    const own = await workspace.action({ key: 'written-here' });
    expect(await move({ id: own.id })).toMatchObject({ code: 'CONFLICT', state: 'NOT_INSTALLED' });
  });
});
