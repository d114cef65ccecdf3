import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { createAction } from '#domain/action/action.service';
import { InvalidInputError } from '#domain/errors';
import { putSecrets } from '#domain/secret/secret.service';
import { encodeId } from '#schema/node';
import { type Engine, testEngine } from '#test/support/engine';
import { type Flows, seedFlows } from '#test/support/flows';
import { receiver } from '#test/support/receiver';
import { seedWorkspace } from '#test/support/tenancy';
import { createConnections } from '#worker/connections';

// What an author of flows writes in the arguments of steps, to reach what is not his: of another workspace, or of his own and not to be read.

const planted = 'planted-elsewhere';

interface Victim {
  readonly workspaceId: string;
  /** What has secrets there. */
  readonly owners: readonly string[];
  readonly entity: string;
  readonly endpoint: string;
}

let engine: Engine;
let flows: Flows;
let victim: Victim;

beforeEach(async () => {
  engine = await testEngine();
  flows = await seedFlows(engine);
  victim = await seedVictim(engine);
});

async function seedVictim({ app }: Engine): Promise<Victim> {
  const other = await seedWorkspace(app);
  const { workspaceId } = other;
  const { viewer } = await other.token('OWNER');
  const { prisma } = app.db;
  const action = await transact(app, viewer, (work) => createAction(work, { workspaceId, key: 'theirs', name: 'theirs', transform: 1 }));
  const credential = newId();
  await prisma.credential.create({ data: { id: credential, workspaceId, key: 'c', name: 'c', kind: 'BEARER', settings: {} } });
  await transact(app, viewer, async (work) => {
    await putSecrets(work, { workspaceId, owner: 'AUTOMATION', ownerId: action }, { OWN: planted });
    await putSecrets(work, { workspaceId, owner: 'WORKSPACE', ownerId: workspaceId }, { SHARED: planted });
    await putSecrets(work, { workspaceId, owner: 'CREDENTIAL', ownerId: credential }, { token: planted });
  });
  const endpoint = newId();
  await prisma.endpoint.create({
    data: { id: endpoint, workspaceId, key: 'e', name: 'e', method: 'GET', url: 'https://theirs.example', credentialId: credential },
  });
  const blueprint = newId();
  await prisma.blueprint.create({
    data: { id: blueprint, workspaceId, key: 'service', name: 'service', aliases: [], schema: {}, indexed: [] },
  });
  const entity = newId();
  await prisma.entity.create({
    data: {
      id: entity,
      workspaceId,
      blueprintId: blueprint,
      number: 1_000_000,
      key: 'theirs',
      name: planted,
      searchText: '',
      properties: {},
      labels: [],
    },
  });
  return { workspaceId, owners: [action, workspaceId, credential], entity, endpoint };
}

/** Code that says the secrets it is given so that nothing takes them out. */
const telling = 'export default async (input, { secrets }) => Object.values(secrets).map((one) => [...one].reverse().join(""))';
const backwards = [...planted].reverse().join('');

describe('a step of code', () => {
  it('names nothing of which it would be given the secrets or the code', async () => {
    for (const field of ['secrets', 'binding', 'version', 'build'])
      for (const value of [...victim.owners, engine.workspace.workspaceId, '{{ inputs.id }}']) {
        const made = flows.flow('thief', { steps: [{ kind: 'code', args: { code: telling, [field]: value } }] });
        const error = await made.then(() => null).catch((thrown: unknown) => thrown);
        expect(error instanceof InvalidInputError ? error.fields : error).toMatchObject([
          { path: ['steps', '0', 'args', field], code: 'UNKNOWN_FIELD' },
        ]);
      }
    expect(await engine.app.db.prisma.flow.count()).toBe(0);
  });

  it('is given no secrets of others by a plan that was made before that was looked at', async () => {
    engine.work();
    const { prisma } = engine.app.db;
    for (const [index, owner] of victim.owners.entries()) {
      // Each has a plan of its own: workers keep those that they have read.
      const code = `${telling} // ${String(index)}`;
      await flows.flow(`thief-${String(index)}`, { steps: [{ kind: 'code', id: 'steal', args: { code } }] });
      const { hash, document } = await prisma.plan.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
      const changed = JSON.stringify(document).replace('"args":{', `"args":{"secrets":"${owner}",`);
      expect(changed).toContain(owner);
      await prisma.plan.update({ where: { hash }, data: { document: JSON.parse(changed) as object } });
      const run = await flows.outcome(`thief-${String(index)}`);
      expect(JSON.stringify(run)).not.toContain(backwards);
      expect([run.status, run.errorCode]).toEqual(['FAILED', 'ARGUMENT']);
    }
    const { secrets } = createConnections(engine.app);
    const { signal } = new AbortController();
    expect((await secrets(victim.workspaceId, victim.owners, signal)).size).toBe(victim.owners.length);
    expect((await secrets(engine.workspace.workspaceId, victim.owners, signal)).size).toBe(0);
  });
});

describe('arguments of other steps', () => {
  const entity = () => encodeId('Entity', victim.entity);

  it('find nothing of another workspace, and change nothing there', async () => {
    engine.work();
    await flows.make('service', 'mine', { properties: { name: 'Mine' } });
    const inside = await receiver((_request, response) => response.end(planted));
    const attempts: Readonly<Record<string, { readonly kind: string; readonly args: object }>> = {
      'an endpoint': { kind: 'endpoint', args: { endpointId: victim.endpoint } },
      'a record to delete': { kind: 'deleteResource', args: { id: entity(), stopFlowIfNotFound: false } },
      'a record to delete by its key': { kind: 'deleteResource', args: { blueprintId: 'service', id: 'theirs' } },
      'a record to link to': {
        kind: 'upsertResource',
        args: { data: { blueprintId: 'service', id: 'mine', relations: { uses: { value: [entity()] } } } },
      },
      'a record to change': { kind: 'upsertResource', args: { data: { blueprintId: 'service', id: entity(), title: 'taken' } } },
      'a record to give a level': {
        kind: 'computeLevel',
        args: { entity: entity(), levels: [{ name: 'Gold', conditions: [] }] },
      },
      'a record to resolve a link of': {
        kind: 'resolveRelation',
        args: { entity: entity(), relation: 'uses', targetBlueprintId: 'service', targetField: 'title', value: 'Mine' },
      },
      'an action': { kind: 'runAction', args: { action: 'theirs' } },
      'an action by its id': { kind: 'runAction', args: { action: encodeId('Action', victim.owners[0] ?? '') } },
      'a flow': { kind: 'runFlow', args: { flow: 'theirs' } },
      'flows over records': {
        kind: 'triggerAutomations',
        args: { automationIds: ['theirs'], entities: { conditions: [{ field: 'blueprintId', operator: 'eq', value: 'service' }] } },
      },
      'an address of this machine': { kind: 'httpRequest', args: { url: inside.url } },
      'an address of this machine in another spelling': {
        kind: 'httpRequest',
        args: { url: inside.url.replace('127.0.0.1', '0x7f.1') },
      },
    };
    const before = await rowsOf(victim.workspaceId);
    const outcomes: Record<string, string> = {};
    for (const [index, [what, step]] of Object.entries(attempts).entries()) {
      await flows.flow(`attempt-${String(index)}`, { steps: [{ ...step, id: 'attempt' } as never] });
      const run = await flows.outcome(`attempt-${String(index)}`);
      outcomes[what] = `${run.status} ${String(run.errorCode)} ${JSON.stringify(run.steps[0]?.output)}`;
      expect(JSON.stringify([run.output, run.steps]), what).not.toContain(planted);
    }
    const [unfound, blocked, nothing] = ['FAILED NOT_FOUND null', 'FAILED BLOCKED_ADDRESS null', 'SUCCEEDED null null'];
    expect(outcomes).toEqual({
      'an endpoint': 'FAILED ENDPOINT_DELETED null',
      'a record to delete': nothing,
      'a record to delete by its key': nothing,
      'a record to link to': unfound,
      'a record to change': unfound,
      'a record to give a level': nothing,
      'a record to resolve a link of': nothing,
      'an action': unfound,
      'an action by its id': unfound,
      'a flow': unfound,
      'flows over records': unfound,
      'an address of this machine': blocked,
      'an address of this machine in another spelling': blocked,
    });
    expect(await rowsOf(victim.workspaceId)).toEqual(before);
    expect(inside.received).toEqual([]);
  });

  async function rowsOf(workspaceId: string) {
    const { prisma } = engine.app.db;
    const where = { workspaceId };
    return JSON.stringify([
      await prisma.entity.findMany({ where, include: { linksFrom: true, linksTo: true } }),
      await prisma.event.findMany({ where }),
      await prisma.run.findMany({ where }),
      await prisma.suggestion.findMany({ where }),
    ]);
  }
});
