import { beforeAll, describe, expect, it } from 'vitest';
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

type Input = Readonly<Record<string, unknown>>;
interface Shown {
  readonly id: string;
  readonly key: string;
  readonly currentRelease: { readonly id: string; readonly version: string; readonly number: number } | null;
}

const shown = `id key name description partner logoUrl feature currentRelease { id version number }
  releases { totalCount edges { node { version number triggerPoint { key } code language dependencies { name version }
    requiredSecrets { name label description } requiredConfiguration { name label description default } integration { key } } } }`;
const create = (input: Input) => write(token, 'createIntegration', input, `integration { ${shown} }`);
const update = (input: Input) => write(token, 'updateIntegration', input, `integration { ${shown} }`);
const places = '... on InvalidInputError { fields { line column } }';
const release = (input: Input) => write(token, 'releaseIntegration', input, `integration { ${shown} }`, places);
const integrationOf = (result: Result) => result['integration'] as Shown;
const faults = (result: Result) => (result.fields ?? []).map(({ path, code }) => `${path.join('.')} ${code}`);
const login = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} };`;
const first = { version: '1.0.0', triggerPoint: 'post-login', code: login('1') };

describe('an integration', () => {
  it('is described, changed, found and deleted', async () => {
    const made = integrationOf(
      await create({ name: 'Geo check', partner: 'Geo', logoUrl: 'https://example.com/logo.svg', feature: 'DESTINATION' }),
    );
    expect(made).toMatchObject({ key: 'geo-check', description: '', partner: 'Geo', feature: 'DESTINATION', currentRelease: null });
    expect(integrationOf(await update({ key: 'geo-check', description: 'Where from?', logoUrl: null }))).toMatchObject({
      description: 'Where from?',
      logoUrl: null,
      partner: 'Geo',
    });
    const found = await millrace.ask(
      token,
      '{ integrations(filter: { search: "geo", feature: DESTINATION, released: false }) { edges { node { key } } } integration(key: "geo-check") { id } }',
    );
    expect(found.data).toEqual({ integrations: { edges: [{ node: { key: 'geo-check' } }] }, integration: { id: made.id } });
    expect(await write(token, 'deleteIntegration', { id: made.id }, 'deletedId')).toMatchObject({ deletedId: made.id });
  });

  it('is refused a key that is taken and a logo that is no address', async () => {
    await create({ name: 'Taken', key: 'taken' });
    expect(codeOf(await create({ name: 'Again', key: 'taken' }))).toBe('ALREADY_EXISTS');
    expect(faults(await create({ name: 'x', logoUrl: 'http://example.com/logo.svg' }))).toEqual(['logoUrl FORMAT']);
  });

  it('is offered, changed and deleted by editors, and seen by viewers', async () => {
    const { id } = integrationOf(await create({ name: 'Guarded' }));
    const viewer = await workspace.token('VIEWER');
    expect(codeOf(await write(viewer, 'deleteIntegration', { id }))).toBe('FORBIDDEN');
    expect(codeOf(await write(viewer, 'releaseIntegration', { integration: id, ...first }))).toBe('FORBIDDEN');
    const seen = await millrace.ask(viewer, 'query ($id: ID!) { integration(id: $id) { name } }', { id });
    expect(seen.data).toEqual({ integration: { name: 'Guarded' } });
  });
});

describe('a release', () => {
  it('has a higher version than the one before, and is shown with what it asks for', async () => {
    const { key } = integrationOf(await create({ name: 'Releases' }));
    const requiredSecrets = [{ name: 'API_KEY', description: 'From the settings page.' }];
    const requiredConfiguration = [{ name: 'REGION', label: 'Region', default: 'eu' }, { name: 'LIMIT' }];
    const one = integrationOf(await release({ integration: key, ...first, requiredSecrets, requiredConfiguration }));
    expect(one.currentRelease).toMatchObject({ version: '1.0.0', number: 1 });
    expect(faults(await release({ integration: key, ...first }))).toEqual(['version NOT_HIGHER']);
    expect(faults(await release({ integration: key, ...first, version: '1.0.0-beta' }))).toEqual(['version NOT_HIGHER']);
    const two = await release({ integration: key, ...first, version: '1.10.0', dependencies: [{ name: 'left-pad', version: '^1.0.0' }] });
    expect(two['integration']).toMatchObject({
      currentRelease: { version: '1.10.0', number: 2 },
      releases: {
        totalCount: 2,
        edges: [
          { node: { number: 2, dependencies: [{ name: 'left-pad', version: '^1.0.0' }], integration: { key } } },
          {
            node: {
              number: 1,
              language: 'JAVASCRIPT',
              triggerPoint: { key: 'post-login' },
              code: login('1'),
              requiredSecrets: [{ name: 'API_KEY', label: 'API_KEY', description: 'From the settings page.' }],
              requiredConfiguration: [
                { name: 'REGION', label: 'Region', description: '', default: 'eu' },
                { name: 'LIMIT', label: 'LIMIT', description: '', default: null },
              ],
            },
          },
        ],
      },
    });
  });

  it('is refused when its code cannot run, with the place, and when its parts are wrong', async () => {
    const { id } = integrationOf(await create({ name: 'Refused' }));
    const broken = await release({ integration: id, ...first, code: '\nexports.x = (;' });
    expect(broken.fields).toEqual([expect.objectContaining({ path: ['code'], code: 'SYNTAX', line: 2 })]);
    expect(faults(await release({ integration: id, ...first, triggerPoint: 'post-lunch' }))).toEqual([
      'triggerPoint UNKNOWN_TRIGGER_POINT',
    ]);
    const twice = [{ name: 'A' }, { name: 'A' }];
    expect(faults(await release({ integration: id, ...first, version: '1.0', requiredSecrets: twice }))).toEqual([
      'version FORMAT',
      'requiredSecrets DUPLICATE',
    ]);
    expect(codeOf(await release({ integration: 'nowhere', ...first }))).toBe('NOT_FOUND');
  });
});
