import { NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { builder } from './builder.js';
import { type SignedIn, batched } from './context.js';

/** What a global id begins with, by type. */
const prefixes = {
  Run: 'run',
  Action: 'act',
  Rule: 'rul',
  Flow: 'flw',
  AutomationVersion: 'ver',
  Deployment: 'dep',
  Workspace: 'ws',
  Environment: 'env',
  Organization: 'org',
  User: 'usr',
  Membership: 'mem',
  Invitation: 'inv',
  ApiToken: 'tok',
  AuditEntry: 'aud',
  Schedule: 'sch',
  Effect: 'eff',
  NotificationGroup: 'ng',
  Recipient: 'rcp',
  Delivery: 'dlv',
  App: 'app',
  AppInstance: 'ai',
  Namespace: 'ns',
  Thread: 'thr',
  Credential: 'crd',
  System: 'sys',
  Endpoint: 'ep',
  Secret: 'sec',
  Pause: 'pau',
  BulkOperation: 'blk',
  Approval: 'apv',
  Webhook: 'wh',
  WebhookRequest: 'whr',
  Binding: 'bnd',
  Module: 'mod',
  ModuleVersion: 'mv',
  Integration: 'int',
  IntegrationRelease: 'rel',
  Blueprint: 'bp',
  Event: 'evt',
  Entity: 'ent',
  Note: 'not',
  Suggestion: 'sug',
} as const satisfies Record<string, string>;

export type NodeName = keyof typeof prefixes;
export const nodeNames = Object.keys(prefixes) as readonly NodeName[];

const nameOfPrefix = new Map<string, NodeName>(nodeNames.map((name) => [prefixes[name], name]));
const pattern = /^([a-z]{2,3})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** `run_0190…`: the prefix of the type and the row's UUID. */
export function encodeId(name: NodeName, uuid: string): string {
  return `${prefixes[name]}_${uuid}`;
}

function parseId(id: string, path: readonly string[], wanted: NodeName = 'Run'): { name: NodeName; uuid: string } {
  const [, prefix, uuid] = pattern.exec(id) ?? [];
  const name = prefix === undefined ? undefined : nameOfPrefix.get(prefix);
  if (name === undefined || uuid === undefined)
    throw invalid(path, `This is no id: ids look like ${prefixes[wanted]}_0190b5a4-….`, 'MALFORMED_ID');
  return { name, uuid };
}

/** Whether a text is the id of something, of whatever type. */
export function isId(text: string): boolean {
  const [, prefix] = pattern.exec(text) ?? [];
  return prefix !== undefined && nameOfPrefix.has(prefix);
}

/** The types of automations. */
export const automationNames = ['Action', 'Rule', 'Flow'] as const satisfies readonly NodeName[];

/**
 * The UUID in a global id of one type, or of one of several. `path` names the field for the error.
 * Throws InvalidInputError for what is no id, and NotFoundError for the id of another type.
 */
export function decodeId(wanted: NodeName | readonly NodeName[], id: string, path: readonly string[] = ['id']): string {
  const names = typeof wanted === 'string' ? [wanted] : wanted;
  const parsed = parseId(id, path, names[0]);
  if (!names.includes(parsed.name))
    throw new NotFoundError(`There is no ${names.join(' or ')} with the id ${id}: it is that of another type, ${parsed.name}.`);
  return parsed.uuid;
}

interface NodeRow {
  readonly id: string;
}

/** Loads rows that the viewer may see, by their UUIDs. */
type LoadNodes = (context: SignedIn, ids: readonly string[]) => Promise<ReadonlyMap<string, NodeRow>>;

const loads = new Map<NodeName, LoadNodes>();

/** What `node` and `nodes` found: a row and the type it belongs to, since rows do not name theirs. */
const typeOfRow = new WeakMap<object, NodeName>();

export const Node = builder.interfaceRef<NodeRow>('Node').implement({
  description: 'Whatever has an id of its own.',
  resolveType: (row) => typeOfRow.get(row),
  fields: (t) => ({
    id: t.id({ description: 'The id, unique among all types: the prefix of its type and a UUID.', resolve: (row) => row.id }),
  }),
});

/** Makes a type reachable by `node`. `load` answers only what the viewer may see. Answers the loader of one such row, batched. */
export function nodeType<Row extends NodeRow>(
  name: NodeName,
  load: (context: SignedIn, ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
) {
  loads.set(name, load);
  return batched(load);
}

/** The types that `node` can answer. */
export function reachableNodes(): readonly NodeName[] {
  return [...loads.keys()];
}

async function loadNodes(context: SignedIn, ids: readonly string[]): Promise<(NodeRow | null)[]> {
  const wanted = ids.map((id, index) => parseId(id, ids.length === 1 ? ['id'] : ['ids', String(index)]));
  const names = [...new Set(wanted.map(({ name }) => name))];
  const found = new Map(
    await Promise.all(
      names.map(async (name) => {
        const uuids = wanted.filter((one) => one.name === name).map(({ uuid }) => uuid);
        return [name, (await loads.get(name)?.(context, [...new Set(uuids)])) ?? new Map<string, NodeRow>()] as const;
      }),
    ),
  );
  return wanted.map(({ name, uuid }) => {
    const row = found.get(name)?.get(uuid) ?? null;
    if (row !== null) typeOfRow.set(row, name);
    return row;
  });
}

builder.queryField('node', (t) =>
  t.field({
    type: Node,
    nullable: true,
    description: 'Anything by its id; null when there is no such thing or the viewer may not see it.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: async (_root, { id }, context) => (await loadNodes(context, [id]))[0] ?? null,
  }),
);

builder.queryField('nodes', (t) =>
  t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: 'Several things by their ids, in the order of the ids; null where there is none that the viewer may see.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids, each once, as many as a page may hold.' }) },
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(1, ids.length) }),
    resolve: (_root, { ids }, context) => {
      const { max } = context.app.config.page;
      if (ids.length > max) throw invalid(['ids'], `At most ${max} ids at once.`, 'TOO_LONG');
      const twice = ids.findIndex((id, index) => ids.indexOf(id) < index);
      if (twice >= 0) throw invalid(['ids', String(twice)], 'This id was given before: each is answered once.', 'REPEATED');
      return loadNodes(context, ids);
    },
  }),
);
