import { beforeAll, describe, expect, it } from 'vitest';
import type { App } from '#app';
import { newId } from '#platform/ids';
import { startRules } from '#test/support/rule-worker';
import { serviceDesk } from '#test/support/service-desk';
import { seedWorkspace } from '#test/support/tenancy';

let app: App;

beforeAll(async () => {
  app = await startRules();
});

const onImpact = { on: 'Req', trigger: 'on impact update' } as const;
const raise = { properties: { impact: 'high' } } as const;

describe('the rules of one event', () => {
  it('go by their positions, and each sees what those before it wrote', async () => {
    const desk = await serviceDesk(app);
    for (const [name, position] of [
      ['last', 30],
      ['first', 10],
      ['middle', 20],
    ] as const)
      await desk.rule({ ...onImpact, name, position, actions: [`a1: add note '${name} after {{notes.size}}, {{notes[last].text}}'`] });
    await desk.change('R1', raise);
    await desk.settled();
    expect(await desk.notes('R1')).toEqual([
      'hello',
      'first after 1, hello',
      'middle after 2, first after 1, hello',
      'last after 3, middle after 2, first after 1, hello',
    ]);
  });

  it('stand for themselves: of one that fails nothing stays, of the others everything', async () => {
    const desk = await serviceDesk(app);
    await desk.rule({ ...onImpact, name: 'one', actions: ["a1: add note 'one'"] });
    await desk.rule({ ...onImpact, name: 'two', actions: ["a1: add note 'two'", 'a2: set impact = 1'] });
    await desk.rule({ ...onImpact, name: 'three', actions: ["a1: add note 'three of {{notes.size}}'"] });
    await desk.change('R1', raise);
    await desk.settled();
    expect(await desk.notes('R1')).toEqual(['hello', 'one', 'three of 2']);
    expect(await desk.outcomes()).toEqual(['MET', 'FAILED INVALID_INPUT', 'MET']);
    const runs = await app.db.prisma.run.findMany({ where: { workspaceId: desk.workspaceId }, orderBy: { id: 'asc' } });
    expect(runs.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      ['SUCCEEDED', null],
      ['FAILED', 'INVALID_INPUT'],
      ['SUCCEEDED', null],
    ]);
  });

  it('pass over a target that is nil, with a warning in the log', async () => {
    const desk = await serviceDesk(app);
    await desk.rule({ ...onImpact, actions: ["a1: update cis[first] set location = 'x'", "a2: add note 'went on'"] });
    await desk.change('R1', raise);
    await desk.settled();
    expect(await desk.notes('R1')).toEqual(['hello', 'went on']);
    const logged = await app.db.prisma.runEvent.findMany({ where: { workspaceId: desk.workspaceId, type: 'LOG' } });
    expect(logged.map(({ stepPath, data }) => [stepPath, (data as { level: string }).level])).toEqual([['a1', 'WARN']]);
  });

  it('are evaluated for the events of a record in the order of its changes', async () => {
    const desk = await serviceDesk(app);
    await desk.rule({ ...onImpact, actions: ["a1: add note '{{impact_was}}'"] });
    const impacts = ['high', 'top', 'low', 'medium', 'high', 'low', 'top', 'medium'];
    for (const impact of impacts) await desk.change('R1', { properties: { impact } });
    await desk.settled();
    expect(await desk.notes('R1')).toEqual(['hello', 'low', ...impacts.slice(0, -1)]);
  });
});

describe('a rule that is due', () => {
  it('does not wait for the records of others', async () => {
    const desk = await serviceDesk(app);
    const { prisma } = app.db;
    const automationId = await desk.rule({ on: 'Task', trigger: 'after delay', actions: ["a1: add note 'due'"] });
    const timer = (name: string) => {
      const at = { dueAt: new Date(0), createdAt: new Date(0), depth: 1, chain: [] };
      return prisma.timer.create({ data: { id: newId(), workspaceId: desk.workspaceId, entityId: desk.id(name), automationId, ...at } });
    };
    await prisma.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM "Entity" WHERE id = ${desk.id('T1')}::uuid FOR UPDATE`;
        await timer('T1');
        await timer('T2');
        app.wake.send('timers');
        await expect.poll(() => desk.notes('T2'), { timeout: 10_000 }).toEqual(['due']);
        expect(await desk.notes('T1')).toEqual([]);
      },
      { timeout: 20_000 },
    );
    await expect.poll(() => desk.notes('T1'), { timeout: 10_000 }).toEqual(['due']);
  });
});

describe('a loop', () => {
  it('of a rule with itself is cut at the first repetition, and told', async () => {
    const desk = await serviceDesk(app);
    await desk.rule({ on: 'Task', trigger: 'on effort update', actions: ['a1: set effort = effort + 1'] });
    await desk.change('T1', { properties: { effort: 1 } });
    await desk.settled();
    expect((await desk.read('T1')).properties['effort']).toBe(2);
    expect(await desk.outcomes()).toEqual(['MET', 'REPEATED']);
  });

  it('over ever new records is cut at the tenth, and told', async () => {
    const desk = await serviceDesk(app);
    await desk.make('task', 'N0', {});
    for (let n = 1; n <= 14; n++) await desk.make('task', `N${n}`, { links: { set: { predecessors: [desk.id(`N${n - 1}`)] } } });
    await desk.rule({ on: 'Task', trigger: 'on effort update', actions: ['a1: update successors set effort = effort + 1'] });
    await desk.change('N0', { properties: { effort: 1 } });
    await desk.settled();
    expect((await desk.read('N10')).properties['effort']).toBe(11);
    expect((await desk.read('N11')).properties['effort']).toBeUndefined();
    expect(await desk.outcomes()).toEqual([...Array.from({ length: 10 }, () => 'MET'), 'TOO_DEEP']);
  });
});

describe('the rules of an app', () => {
  const writes = { ...onImpact, actions: ["a1: add note 'written'"] };

  it('may do no more than the scopes of the app and of its instance', async () => {
    const desk = await serviceDesk(app);
    const { appId } = await desk.app({ scopes: ['entity.read:request', 'note.write:task', 'entity.write'] });
    await desk.rule({ ...writes, name: 'notes', app: appId });
    await desk.rule({ ...onImpact, name: 'reads', condition: "team.name = 'x'", app: appId });
    await desk.rule({ ...onImpact, name: 'writes', actions: ["a1: set source = 'x'"], app: appId });
    await desk.change('R1', raise);
    await desk.settled();
    expect(await desk.outcomes()).toEqual(['FAILED FORBIDDEN', 'FAILED FORBIDDEN', 'MET']);
    expect(await desk.notes('R1')).toEqual(['hello']);
    const [run] = await app.db.prisma.run.findMany({ where: { workspaceId: desk.workspaceId }, orderBy: { id: 'asc' } });
    expect(run?.errorMessage).toContain('note.write:request');
  });

  it('act in another workspace of the organization where the app has an instance, and nowhere else', async () => {
    const home = await serviceDesk(app);
    const away = await serviceDesk(app, { workspace: await seedWorkspace(app, home.workspace.organizationId) });
    const stranger = await serviceDesk(app);
    const { appId } = await away.app({ home: home.workspaceId });
    await home.rule({ ...writes, app: appId });
    for (const desk of [home, away, stranger]) await desk.change('R1', raise);
    for (const desk of [home, away, stranger]) await desk.settled();
    expect([await home.notes('R1'), await away.notes('R1'), await stranger.notes('R1')]).toEqual([
      ['hello'],
      ['hello', 'written'],
      ['hello'],
    ]);
    expect(await app.db.prisma.run.findMany({ select: { workspaceId: true }, where: { automation: { appId } } })).toEqual([
      { workspaceId: away.workspaceId },
    ]);
  });
});

describe('the records of another workspace', () => {
  it('are neither found nor changed by rules', async () => {
    const desk = await serviceDesk(app);
    const other = await serviceDesk(app);
    await other.make('team', 'Secret', {});
    await desk.rule({ ...onImpact, actions: ["a1: add note \"found {{find(team, 'Secret').name}}, {{find_all(team, 'Secret').size}}\""] });
    await desk.change('R1', raise);
    await other.change('R1', raise);
    await desk.settled();
    await other.settled();
    expect(await desk.notes('R1')).toEqual(['hello', 'found , 0']);
    expect(await other.notes('R1')).toEqual(['hello']);
  });
});

describe('a look-up', () => {
  it('by a property that is not indexed is refused where there are more than ten thousand records, and says so', async () => {
    const desk = await serviceDesk(app);
    const { prisma } = app.db;
    const { workspaceId } = desk;
    const team = await prisma.blueprint.findFirstOrThrow({ where: { workspaceId, key: 'team' } });
    await prisma.$executeRaw`INSERT INTO "Entity" (id, "workspaceId", "blueprintId", name, properties, labels, "searchText", "updatedAt")
      SELECT gen_random_uuid(), ${workspaceId}::uuid, ${team.id}::uuid, 'Team ' || n, '{}', '{}', '', now() FROM generate_series(1, 10001) n`;
    await desk.rule({ ...onImpact, name: 'finds', actions: ['a1: add note \'{{find(team, "9").name}}\''] });
    await desk.change('R1', raise);
    await desk.settled();
    expect(await desk.notes('R1')).toEqual(['hello', 'Database Administration']);
    await prisma.blueprint.update({ where: { id: team.id }, data: { indexed: [] } });
    await desk.change('R1', { properties: { impact: 'top' } });
    await desk.settled();
    expect(await desk.outcomes()).toEqual(['MET', 'FAILED TOO_LONG']);
    const { error } = await prisma.evaluation.findFirstOrThrow({ where: { workspaceId, outcome: 'FAILED' } });
    expect((error as { message: string }).message).toMatch(/team has more than 10000: name source_id in `indexed`/);
    expect(await desk.notes('R1')).toHaveLength(2);
    await desk.rule({ on: 'Task', trigger: 'on effort update', actions: ['a1: add note \'{{find_all(team, "Team 77").size}}\''] });
    await desk.change('T1', { properties: { effort: 1 } });
    await desk.settled();
    expect((await desk.outcomes()).at(-1)).toBe('FAILED TOO_LONG');
  });
});

describe('the notes of records', () => {
  it('are read up to eight megabytes of one, however many those have that came with it', async () => {
    const desk = await serviceDesk(app);
    const add = (name: string, count: number, length: number) =>
      app.db.prisma.$executeRaw`INSERT INTO "Note" (id, "workspaceId", "entityId", text, mentions, "actorKind", "actorName", "createdAt")
        SELECT gen_random_uuid(), ${desk.workspaceId}::uuid, ${desk.id(name)}::uuid, repeat('x', ${length}::int), '{}', 'SYSTEM', 'x', now() FROM generate_series(1, ${count}::int)`;
    await add('T1', 200, 10);
    await add('T2', 200, 50_000);
    const count = (task: string) => [`a1: add note '{{workflow.tasks["${task}"].notes.size}}'`];
    await desk.rule({ ...onImpact, actions: count('Approve access') });
    await desk.rule({ ...onImpact, actions: count('Prepare a security badge') });
    await desk.change('R1', raise);
    await desk.settled();
    expect(await desk.notes('R1')).toEqual(['hello', '200']);
    expect((await desk.outcomes()).toSorted()).toEqual(['FAILED TOO_LONG', 'MET']);
  });
});

describe('a pause', () => {
  it('of the workspace holds its events, and of one rule passes that over', async () => {
    const desk = await serviceDesk(app);
    const { workspaceId } = desk;
    const automationId = await desk.rule({ ...onImpact, name: 'paused', actions: ["a1: add note 'paused'"] });
    await desk.rule({ ...onImpact, name: 'other', actions: ["a1: add note 'other'"] });
    const pause = (kind: 'WORKSPACE' | 'AUTOMATION', subjectId: string) =>
      app.db.prisma.pause.create({ data: { id: crypto.randomUUID(), workspaceId, kind, subjectId, createdBy: 'Ann' } });
    await pause('AUTOMATION', automationId);
    const { id } = await pause('WORKSPACE', workspaceId);
    await desk.change('R1', raise);
    const neighbour = await serviceDesk(app);
    await neighbour.rule({ ...onImpact, actions: ["a1: add note 'x'"] });
    await neighbour.change('R1', raise);
    await neighbour.settled();
    expect(await desk.outcomes()).toEqual([]);
    await app.db.prisma.pause.delete({ where: { id } });
    app.wake.send('events');
    await desk.settled();
    expect(await desk.outcomes()).toEqual(['SUSPENDED', 'MET']);
    expect(await desk.notes('R1')).toEqual(['hello', 'other']);
  });
});
