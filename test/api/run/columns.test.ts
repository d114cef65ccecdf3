import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { buildSchema } from '#schema/index';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Workspace, seed } from '#test/support/seed';

/** A list reads no columns but those that its fields are made of. One that is forgotten would show as null, or as nothing. */

const schema = buildSchema();
let millrace: Millrace;
let workspace: Workspace;
let token: string;
let key: string;
let ids: string[];

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('VIEWER');
  const action = await workspace.action();
  ({ key } = action);
  const { prisma } = millrace.app.db;
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: action.uuid } });
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second));
  const common = () => ({
    id: newId(),
    workspaceId: workspace.uuid,
    environmentId: workspace.environmentId,
    automationId: action.uuid,
    versionId: version.id,
    planHash: version.planHash,
    trigger: 'API' as const,
    actorKind: 'SYSTEM' as const,
    attempt: 2,
    priority: 4,
    input: { number: 7 },
    queuedAt: at(1),
    startedAt: at(2),
  });
  const succeeded = {
    ...common(),
    status: 'SUCCEEDED' as const,
    output: { number: 8 },
    finishedAt: at(4),
    idempotencyKey: 'a key',
    threadKey: 'a thread',
  };
  const failed = {
    ...common(),
    status: 'FAILED' as const,
    finishedAt: at(5),
    cancelRequestedAt: at(3),
    errorCode: 'CODE',
    errorMessage: 'It failed.',
    errorDetail: { line: 3, column: 4, step: 'main' },
    retriedFromId: succeeded.id,
    parentId: succeeded.id,
    depth: 1,
  };
  const waiting = {
    ...common(),
    status: 'WAITING' as const,
    waitKind: 'DELAY' as const,
    waitSince: at(3),
    waitUntil: at(59),
    waitDetail: 'a minute',
  };
  await prisma.run.createMany({ data: [succeeded, failed, waiting] satisfies Prisma.RunCreateManyInput[] });
  const step = (runId: string) => ({
    runId,
    path: 'main',
    ordinal: 1,
    kind: 'transform',
    name: 'Main',
    versionId: version.id,
    startedAt: at(2),
  });
  const attempts = [
    { number: 1, startedAt: at(2).toISOString(), finishedAt: at(3).toISOString(), error: { code: 'CODE', message: 'No.' } },
  ];
  await prisma.stepRun.createMany({
    data: [
      { ...step(succeeded.id), status: 'SUCCEEDED', output: { number: 8 }, attempts, finishedAt: at(3) },
      {
        ...step(failed.id),
        status: 'FAILED',
        attempts,
        errorCode: 'CODE',
        errorMessage: 'It failed.',
        errorDetail: { line: 3 },
        finishedAt: at(3),
      },
      { ...step(waiting.id), status: 'WAITING', attempts, wait: { kind: 'DELAY', until: at(59).toISOString(), detail: 'a minute' } },
    ] satisfies Prisma.StepRunCreateManyInput[],
  });
  ids = [waiting, failed, succeeded].map(({ id }) => encodeId('Run', id));
});

function fieldsOf(type: string): readonly GraphQLField<unknown, unknown>[] {
  return Object.values((schema.getType(type) as GraphQLObjectType).getFields()).filter(({ args }) => !args.some(isRequiredArgument));
}

/** A field with what it leads to: its values, and those of what these lead to. */
function selected(field: GraphQLField<unknown, unknown>, depth = 3): string {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return field.name;
  if (isAbstractType(type) || !isObjectType(type)) return `${field.name} { __typename }`;
  const inner = fieldsOf(type.name).filter((one) => depth > 0 || !isCompositeType(getNamedType(one.type)));
  const page = field.args.some(({ name }) => name === 'first') ? '(first: 2)' : '';
  return `${field.name}${page} { __typename ${
    depth === 0
      ? ''
      : inner
          .filter((one) => !isCompositeType(getNamedType(one.type)))
          .map((one) => selected(one, depth - 1))
          .join(' ')
  } }`;
}

async function ask(query: string, variables: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const { data, errors } = await millrace.ask(token, query, variables);
  expect(errors).toEqual([]);
  return data ?? {};
}

const list = async (selection: string): Promise<unknown[]> => {
  const query = `query ($filter: RunFilter) { runs(first: 5, filter: $filter) { edges { node { ${selection} } } } }`;
  const { runs } = (await ask(query, { filter: { automationKey: key } })) as { runs: { edges: { node: unknown }[] } };
  return runs.edges.map(({ node }) => node);
};
const alone = (selection: string): Promise<unknown[]> =>
  Promise.all(ids.map(async (id) => (await ask(`query ($id: ID!) { run(id: $id) { ${selection} } }`, { id }))['run']));

describe('in a list of runs', () => {
  it.each(fieldsOf('Run').map((field) => [field.name, field] as const))('%s says what it says of a single run', async (_name, field) => {
    expect(await list(selected(field))).toEqual(await alone(selected(field)));
  });

  it.each(fieldsOf('StepRun').map((field) => [field.name, field] as const))(
    'steps.%s says what it says among all others',
    async (name, field) => {
      const all = fieldsOf('StepRun')
        .map((one) => selected(one))
        .join(' ');
      const whole = (await alone(`steps { ${all} }`)) as { steps: Readonly<Record<string, unknown>>[] }[];
      expect(await list(`steps { ${selected(field)} }`)).toEqual(
        whole.map(({ steps }) => ({ steps: steps.map((step) => ({ [name]: step[name] })) })),
      );
    },
  );

  it('what fragments ask for is read, too', async () => {
    const fragments = 'fragment Times on Run { startedAt ...Why } fragment Why on Run { error { code } }';
    const query = `query ($filter: RunFilter) { runs(filter: $filter) { edges { ...Place } ... on RunConnection { edges { node { status } } } } }
      fragment Place on RunEdge { it: node { ... on Node { id } ...Times } } ${fragments}`;
    const { runs } = (await ask(query, { filter: { automationKey: key } })) as { runs: { edges: unknown[] } };
    expect(runs.edges).toEqual([
      { it: { id: ids[0], startedAt: '2026-01-01T12:00:02.000Z', error: null }, node: { status: 'WAITING' } },
      { it: { id: ids[1], startedAt: '2026-01-01T12:00:02.000Z', error: { code: 'CODE' } }, node: { status: 'FAILED' } },
      { it: { id: ids[2], startedAt: '2026-01-01T12:00:02.000Z', error: null }, node: { status: 'SUCCEEDED' } },
    ]);
  });
});
