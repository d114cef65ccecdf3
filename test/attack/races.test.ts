import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';
import { seedPersonalToken } from '#test/support/tenancy';

// Many who do the same at once, at two processes of one installation.

vi.setConfig({ testTimeout: 60_000 });

let processes: readonly Millrace[];
let workspace: Workspace;
let token: string;

beforeAll(async () => {
  const first = await startMillrace({ worker: false });
  processes = [first, await startMillrace({ worker: false, installation: first.installation })];
  workspace = await seed(first.app).workspace();
  token = await workspace.token();
}, 60_000);

const db = () => processes[0]?.app.db.prisma ?? expect.fail('There is no process.');

const write = (at: number, field: string, input: Readonly<Record<string, unknown>>, selection = '', as = token): Promise<Result> => {
  const millrace = processes[at % processes.length] ?? expect.fail('There is no process.');
  return mutateOn(millrace)(as, field, input, selection);
};

const times = <Value>(count: number, one: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));

/** How often each outcome is among the results. */
function tally(results: readonly Result[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of results) counts[codeOf(result)] = (counts[codeOf(result)] ?? 0) + 1;
  return counts;
}

const idIn = (result: Result, field: string): string => {
  const { id } = (result[field] ?? {}) as { readonly id?: string };
  return id ?? expect.fail(JSON.stringify(result));
};
const uuidOf = (id: string): string => id.slice(id.indexOf('_') + 1);

async function newFlow(): Promise<string> {
  const steps = [{ kind: 'transform', id: 'main', title: 'Main', args: { mapping: 'done' } }];
  return idIn(await write(0, 'createFlow', { workspace: workspace.id, name: 'Raced', type: 'AUTOMATION', steps }, 'flow { id }'), 'flow');
}

/** Lets nobody write a suggestion until it is told to. */
async function holdSuggestion(id: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: processes[0]?.installation.databaseUrl });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM "Suggestion" WHERE id = $1 FOR UPDATE', [id]);
  return () => holder.end();
}

describe('many at once', () => {
  it('start a flow with one idempotency key: one run, which is everybody’s answer', async () => {
    const id = await newFlow();
    const results = await times(20, (at) => write(at, 'startFlow', { id, inputs: { at: 1 }, idempotencyKey: 'one' }, 'run { id }'));
    expect(tally(results)).toEqual({ StartFlowSuccess: 20 });
    expect(new Set(results.map((result) => idIn(result, 'run'))).size).toBe(1);
    expect(await db().run.count({ where: { automationId: uuidOf(id) } })).toBe(1);
    expect(codeOf(await write(1, 'startFlow', { id, inputs: { at: 2 }, idempotencyKey: 'one' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await db().run.count({ where: { automationId: uuidOf(id) } })).toBe(1);
  });

  it('decide an approval: one does, and the others are told that it is decided', async () => {
    const action = await workspace.action();
    const run = await workspace.run(action);
    const approval = newId();
    await db().approval.create({
      data: {
        id: approval,
        workspaceId: workspace.uuid,
        runId: run.uuid,
        automationId: action.uuid,
        path: 'ask',
        title: 'May it?',
        requesterKind: 'SYSTEM',
        requesterName: 'test',
        requestedAt: new Date(),
      },
    });
    const decisions = await times(20, (at) =>
      write(
        at,
        at % 2 === 0 ? 'approveRun' : 'rejectRun',
        { approval: encodeId('Approval', approval), comment: String(at) },
        'approval { comment }',
      ),
    );
    const [won, ...others] = [...decisions].sort((a, b) => Number(a.code !== undefined) - Number(b.code !== undefined));
    expect(others.map(codeOf)).toEqual(Array.from({ length: 19 }, () => 'CONFLICT'));
    const row = await db().approval.findUniqueOrThrow({ where: { id: approval } });
    expect((won?.['approval'] as { readonly comment: string }).comment).toBe(row.comment);
    expect(row.status).toBe(won?.__typename === 'ApproveRunSuccess' ? 'APPROVED' : 'REJECTED');
    expect(await db().auditEntry.count({ where: { operation: { in: ['approveRun', 'rejectRun'] } } })).toBe(1);
  });

  it('apply a suggestion: it is written once', async () => {
    await write(0, 'createBlueprint', {
      workspace: workspace.id,
      key: 'raced',
      name: 'Raced',
      schema: { properties: { name: { type: 'string' } } },
    });
    const source = idIn(
      await write(0, 'createEntity', { workspace: workspace.id, blueprint: 'raced', key: 'source' }, 'entity { id }'),
      'entity',
    );
    const said = {
      workspace: workspace.id,
      title: 'New',
      originId: 'none',
      sourceId: source,
      targetId: 'made',
      targetBlueprint: 'raced',
      data: { properties: { name: 'made' } },
    };
    const id = idIn(await write(0, 'createSuggestion', said, 'suggestion { id }'), 'suggestion');
    const made = () => db().entity.findMany({ where: { workspaceId: workspace.uuid, key: 'made' } });
    // More than there are connections wait for the suggestion, and for a connection, longer than anybody may.
    const release = await holdSuggestion(uuidOf(id));
    const waited = await times(40, (at) => write(at, 'applySuggestion', { id })).finally(release);
    expect(Object.keys(tally(waited)).sort()).toEqual(['LIMIT_EXCEEDED', 'UNAVAILABLE']);
    expect(await made()).toEqual([]);
    const results = await times(20, (at) => write(at, 'applySuggestion', { id }));
    // The machine may be too busy for all of them.
    const refusals = new Set(['ApplySuggestionSuccess', 'CONFLICT', 'LIMIT_EXCEEDED', 'UNAVAILABLE']);
    expect(Object.keys(tally(results)).filter((code) => !refusals.has(code))).toEqual([]);
    expect(codeOf(await write(0, 'applySuggestion', { id }))).toBe('ApplySuggestionSuccess');
    const [one, ...more] = await made();
    expect(more).toEqual([]);
    expect(await db().event.count({ where: { entityId: one?.id ?? '', type: 'entity.created' } })).toBe(1);
    expect(await db().event.count({ where: { entityId: one?.id ?? '' } })).toBe(1);
  });

  it('leave who were the only owners: one stays', async () => {
    const place = await seed(processes[0]?.app ?? expect.fail('There is no process.')).workspace();
    const tokens = await times(2, async () => {
      const { userId } = await place.member('OWNER');
      return (await seedPersonalToken({ db: processes[0]?.app.db ?? expect.fail('There is no process.') }, userId, 'OWNER')).token;
    });
    const results = await Promise.all(tokens.map((as, at) => write(at, 'leaveWorkspace', { workspace: place.id }, '', as)));
    expect(tally(results)).toEqual({ LeaveWorkspaceSuccess: 1, CONFLICT: 1 });
    expect(await db().membership.count({ where: { workspaceId: place.uuid, role: 'OWNER' } })).toBe(1);
  });

  it('start a flow while it is deleted: each start is a run that is kept, or is told that there is no such flow', async () => {
    for (let round = 0; round < 3; round += 1) {
      const id = await newFlow();
      const deleting = write(1, 'deleteFlow', { id });
      const results = await times(10, (at) => write(at, 'startFlow', { id }, 'run { id }'));
      const deleted = codeOf(await deleting);
      expect(['DeleteFlowSuccess', 'CONFLICT']).toContain(deleted);
      expect(Object.keys(tally(results)).filter((code) => code !== 'StartFlowSuccess' && code !== 'NOT_FOUND')).toEqual([]);
      const started = results.filter(({ code }) => code === undefined).map((result) => uuidOf(idIn(result, 'run')));
      // A run without its flow would wait for ever.
      const kept = await db().run.findMany({ where: { id: { in: started } }, include: { automation: true } });
      expect(kept).toHaveLength(started.length);
      expect(kept.every(({ automation }) => (automation?.deletedAt === null) === (deleted !== 'DeleteFlowSuccess'))).toBe(true);
      if (deleted === 'DeleteFlowSuccess') expect(codeOf(await write(0, 'startFlow', { id }))).toBe('NOT_FOUND');
    }
  });
});
