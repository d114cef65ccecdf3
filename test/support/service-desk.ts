import { expect } from 'vitest';
import type { App } from '#app';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { fromClient } from '#domain/event/event.emit.service';
import { seedBlueprints } from '#domain/record/blueprint.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { changeEntity, type EntityChange, makeEntity } from '#domain/record/entity.write.service';
import { createRule } from '#domain/rule/rule.service';
import { scopeNames } from '#domain/tenant/scope.policy';
import type { Viewer } from '#domain/tenant/viewer';
import type { Work } from '#domain/work';
import { type SeededWorkspace, seedWorkspace } from './tenancy.js';

/** A rule as a test writes it: lines of expressions and actions. */
export interface RuleLines {
  readonly on: 'Req' | 'Task' | 'Ci';
  readonly trigger: string;
  readonly expressions?: readonly string[];
  readonly condition?: string;
  readonly actions?: readonly string[];
  readonly name?: string;
  /** The id of the app whose it is. */
  readonly app?: string;
  readonly position?: number;
}

export interface DeskApp {
  readonly appId: string;
  readonly instanceId: string;
}

/** The people, teams, tasks and requests that the examples of rules are about, in a workspace of their own. */
export interface ServiceDesk {
  readonly workspace: SeededWorkspace;
  readonly workspaceId: string;
  readonly viewer: Viewer;
  /** The rows' ids by their names: `T1`, `Ann`, `Facilities Boston`. */
  readonly ids: ReadonlyMap<string, string>;
  id(name: string): string;
  rule(lines: RuleLines): Promise<string>;
  /** An app with an instance here. */
  app(options?: {
    readonly webhookUrl?: string;
    readonly suspended?: boolean;
    readonly scopes?: readonly string[];
    readonly home?: string;
  }): Promise<DeskApp>;
  make(blueprint: string, name: string, change: EntityChange, viewer?: Viewer): Promise<string>;
  change(name: string, change: EntityChange, viewer?: Viewer): Promise<void>;
  /** Waits until every event and what follows from it has passed. */
  settled(ms?: number): Promise<void>;
  notes(name: string): Promise<readonly string[]>;
  read(name: string): Promise<{
    readonly status: string | null;
    readonly properties: Record<string, unknown>;
    readonly links: Record<string, readonly string[]>;
  }>;
  /** What rules made of events, the oldest first: `MET`, `FAILED CONFLICT`. */
  outcomes(): Promise<readonly string[]>;
}

export interface DeskOptions {
  readonly t1?: string;
  readonly r1?: Readonly<Record<string, unknown>>;
  readonly workspace?: SeededWorkspace;
}

const custom = { badge: false, site: 'Chicago', from: '2024-03-10T09:00Z', code: ' ab-1 ', tags: 'a,b|c' };

export async function serviceDesk(app: App, { t1 = 'assigned', r1 = custom, workspace: given }: DeskOptions = {}): Promise<ServiceDesk> {
  const workspace = given ?? (await seedWorkspace(app));
  const { workspaceId } = workspace;
  const { viewer } = await workspace.member('OWNER');
  const ids = new Map<string, string>();
  const { prisma } = app.db;

  const id = (name: string): string => {
    const found = ids.get(name);
    if (found === undefined) throw new Error(`There is no ${name}.`);
    return found;
  };
  const makeIn = async (work: Work, blueprint: string, name: string, change: EntityChange): Promise<string> => {
    const spec = (await loadBlueprints(work.sql, workspaceId)).called(blueprint);
    if (spec === null) throw new Error(`There is no ${blueprint}.`);
    const properties = { [spec.displayField]: name, ...change.properties };
    const written = await makeEntity(work, spec, { ...change, properties }, fromClient);
    ids.set(name, written.id);
    return written.id;
  };
  const settled = async (ms = 20_000): Promise<void> => {
    await expect.poll(() => prisma.event.count({ where: { workspaceId, passedAt: null } }), { timeout: ms, interval: 10 }).toBe(0);
  };
  const read: ServiceDesk['read'] = async (name) => {
    const row = await prisma.entity.findUniqueOrThrow({
      where: { id: id(name) },
      include: { linksFrom: { include: { to: true }, orderBy: [{ name: 'asc' }, { position: 'asc' }] } },
    });
    const links: Record<string, string[]> = {};
    for (const link of row.linksFrom) (links[link.name] ??= []).push(link.to.name);
    return { status: row.status, properties: row.properties as Record<string, unknown>, links };
  };

  await transact(app, viewer, async (work) => {
    await seedBlueprints(work, { workspaceId, set: 'SERVICE' });
    const make = (blueprint: string, name: string, change: EntityChange) => makeIn(work, blueprint, name, change);
    await make('person', 'Cy', { properties: { primary_email: 'cy@x.test' } });
    await make('person', 'Bob', { properties: { primary_email: 'bob@x.test' }, links: { set: { manager: [id('Cy')] } } });
    await make('person', 'Ann', { properties: { primary_email: 'ann@x.test' }, links: { set: { manager: [id('Bob')] } } });
    const teams = {
      'Service Desk': '1',
      'Database Administration': '9',
      'Facilities Chicago': '12',
      'Facilities Boston': '13',
      'Facilities New York': '14',
    };
    for (const [name, source_id] of Object.entries(teams)) await make('team', name, { properties: { source_id } });
    await make('task_template', 'Extra check', {});
    await make('task_template', 'Other check', {});
    await make('workflow_template', 'Access', { links: { set: { task_templates: [id('Extra check')] } } });
    await make('workflow', 'W1', { links: { set: { template: [id('Access')] } } });
    const task = async (key: string, subject: string, more: EntityChange = {}): Promise<void> => {
      const links = { set: { workflow: [id('W1')], team: [id('Service Desk')], ...more.links?.set } };
      ids.set(key, await make('task', subject, { ...more, links }));
    };
    await task('T1', 'Approve access', { status: t1 });
    await make('approval', 'A1', { status: 'assigned', links: { set: { task: [id('T1')], approver: [id('Bob')] } } });
    await task('T2', 'Prepare a security badge', { status: 'registered' });
    await task('T3', 'Install phone', { status: 'registered' });
    await task('T4', 'Retrieve badge', { status: 'registered', links: { set: { predecessors: [id('T2')] } } });
    await make('request', 'R1', {
      status: 'assigned',
      properties: { impact: 'low', custom_fields: r1 as EntityChange['properties'] as never },
      links: { set: { workflow: [id('W1')], requested_for: [id('Ann')], team: [id('Database Administration')] } },
      notes: [{ text: 'hello' }],
    });
    await make('request', 'R2', { status: 'completed', links: { set: { workflow: [id('W1')], requested_for: [id('Bob')] } } });
    await make('ci', 'Badge 7', { status: 'in_stock', properties: { location: 'reception desk' } });
    ids.set('C1', id('Badge 7'));
  });
  await settled();

  return {
    workspace,
    workspaceId,
    viewer,
    ids,
    id,
    make: (blueprint, name, change, by = viewer) => transact(app, by, (work) => makeIn(work, blueprint, name, change)),
    settled,
    read,
    rule: ({ on, trigger, expressions = [], condition = '', actions = [], name = 'Rule', app: appId, position }) =>
      transact(app, viewer, (work) =>
        createRule(work, {
          workspaceId,
          name,
          recordType: on,
          trigger,
          expressions: { text: expressions.join('\n') },
          condition,
          actions: { text: actions.join('\n') },
          ...(appId === undefined ? {} : { app: { id: appId } }),
          ...(position === undefined ? {} : { position }),
        }),
      ),
    app: async ({ webhookUrl, suspended = false, scopes = scopeNames, home = workspaceId } = {}) => {
      const [appId, instanceId] = [newId(), newId()];
      const customFields = { url: 'https://hook.test/x', form_url: 'https://f.test' };
      await prisma.app.create({
        data: {
          id: appId,
          workspaceId: home,
          key: `app-${appId}`,
          name: 'Badges',
          scopes: [...scopeNames],
          webhookUrl: webhookUrl ?? null,
        },
      });
      await prisma.appInstance.create({ data: { id: instanceId, appId, workspaceId, suspended, scopes: [...scopes], customFields } });
      return { appId, instanceId };
    },
    change: (name, change, by = viewer) =>
      transact(app, by, (work) => changeEntity(work, id(name), change, fromClient)).then(() => undefined),
    notes: async (name) => {
      const rows = await prisma.note.findMany({ where: { entityId: id(name) }, orderBy: { id: 'asc' } });
      return rows.map(({ text }) => text);
    },
    outcomes: async () => {
      const rows = await prisma.evaluation.findMany({ where: { workspaceId }, orderBy: [{ eventId: 'asc' }, { at: 'asc' }] });
      return rows.map(({ outcome, error }) =>
        error === null ? outcome : `${outcome} ${String((error as Record<string, unknown>)['code'])}`,
      );
    },
  };
}
