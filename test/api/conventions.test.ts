import { readFile, readdir } from 'node:fs/promises';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
  getNamedType,
  isCompositeType,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { errorCodes } from '#domain/errors';
import { errorTypes } from '#schema/errors';
import { buildSchema } from '#schema/index';
import { encodeId, nodeNames, reachableNodes } from '#schema/node';
import { type TestGraph, testGraph } from '#test/support/graph';

const schema = buildSchema();
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

let graph: TestGraph;
beforeAll(async () => {
  graph = await testGraph();
});

describe('the schema', () => {
  it('describes every type, field, argument and enum value', () => {
    const silent = types.flatMap((type) => [
      ...(said(type) ? [] : [type.name]),
      ...partsOf(type).flatMap(({ name, description }) => (said({ description }) ? [] : [`${type.name}.${name}`])),
    ]);
    expect(silent).toEqual([]);
  });

  it('says of the enums of the database what the database says', async () => {
    const files = await Promise.all(
      (await readdir('prisma')).filter((name) => name.endsWith('.prisma')).map((name) => readFile(`prisma/${name}`, 'utf8')),
    );
    const enums = [...files.join('\n').matchAll(/((?:^\/\/\/ .*\n)+)^enum (\w+) \{\n([^}]*)\}/gm)].map(
      ([, about = '', name = '', body = '']) => ({
        name,
        description: prose(about),
        values: [...body.matchAll(/((?:^ {2}\/\/\/ .*\n)+)^ {2}(\w+)$/gm)].map(([, text = '', value = '']) => ({
          value,
          description: prose(text),
        })),
      }),
    );
    expect(enums.length).toBeGreaterThan(10);
    const differing = enums.filter(({ name, description, values }) => {
      const type = schema.getType(name);
      return (
        !isEnumType(type) ||
        type.description !== description ||
        JSON.stringify(byValue(type.getValues().map((one) => ({ value: one.name, description: one.description ?? '' })))) !==
          JSON.stringify(byValue(values))
      );
    });
    // Where nothing shows an enum yet, the graph has none.
    expect(differing.map(({ name }) => name).filter((name) => schema.getType(name) !== undefined)).toEqual([]);
  });

  it('is the one that is committed', async () => {
    expect(`${printSchema(lexicographicSortSchema(buildSchema()))}\n`).toBe(await readFile('schema/schema.graphql', 'utf8'));
  });

  it('gives every mutation one input and a union of its success and errors', () => {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const name = `${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}`;
      expect(field.args.map((argument) => String(argument.type))).toEqual([`${name}Input!`]);
      expect(String(field.type)).toBe(`${name}Result!`);
      const result = schema.getType(`${name}Result`);
      const members = isUnionType(result) ? result.getTypes() : [];
      expect(members.filter((member) => !member.getInterfaces().some((one) => one.name === 'Error')).map((member) => member.name)).toEqual([
        `${name}Success`,
      ]);
    }
  });

  it('maps every error of the domain', () => {
    expect(Object.keys(errorTypes).sort()).toEqual([...errorCodes].sort());
  });

  it('makes every type with a global id reachable by node', () => {
    expect([...reachableNodes()].sort()).toEqual([...nodeNames].sort());
  });
});

describe('an operation without a viewer', () => {
  it('is refused at every root field', async () => {
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args }) =>
      args.every((argument) => !String(argument.type).endsWith('!')),
    );
    expect(fields.length).toBeGreaterThan(5);
    for (const field of fields) {
      const { errors } = await graph.ask(null, `{ ${field.name}${isCompositeType(getNamedType(field.type)) ? ' { __typename }' : ''} }`);
      expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['UNAUTHENTICATED']);
    }
    const { data, errors } = await graph.ask(null, 'mutation { deleteAction(input: { key: "x" }) { __typename } }');
    expect([data, errors.map(({ extensions }) => extensions['code'])]).toEqual([null, ['UNAUTHENTICATED']]);
  });
});

describe('node', () => {
  it('finds what the viewer may see, by its readable id', async () => {
    const action = await graph.workspace.action();
    const run = await graph.workspace.run(action);
    expect(action.id).toMatch(/^act_[0-9a-f-]{36}$/);
    const absent = encodeId('Run', newId());
    const { nodes } = await graph.answer(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Action { key } ... on Run { status } } }',
      { ids: [run.id, absent, action.id] },
    );
    expect(nodes).toEqual([
      { __typename: 'Run', id: run.id, status: 'QUEUED' },
      null,
      { __typename: 'Action', id: action.id, key: action.key },
    ]);
  });

  it('refuses what is no id, and finds nothing behind a foreign one', async () => {
    const { errors } = await graph.ask(graph.workspace.owner, '{ node(id: "nonsense") { id } }');
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: ['id'], code: 'MALFORMED_ID' }] });
    const action = await graph.workspace.action();
    const stranger = { ...graph.workspace.owner, roles: new Map([[newId(), 'OWNER' as const]]) };
    expect((await graph.ask(stranger, `{ node(id: "${action.id}") { id } action(id: "${action.id}") { id } }`)).data).toEqual({
      node: null,
      action: null,
    });
  });
});

describe('an operation', () => {
  it('is refused when it is too complex or too deep', async () => {
    const wide = await graph.ask(
      graph.workspace.owner,
      '{ runs(first: 200) { edges { node { retries(first: 200) { edges { node { id } } } } } } }',
    );
    expect(wide.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 5_000 });
    const deep = await graph.ask(
      graph.workspace.owner,
      `{ runs(first: 1) { edges { node { ${'retriedFrom { '.repeat(9)} id ${'}'.repeat(9)} } } } }`,
    );
    expect(deep.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 10 });
  });

  it('names the workspace when the viewer belongs to several', async () => {
    const viewer = { ...graph.workspace.owner, roles: new Map([...graph.workspace.owner.roles, [newId(), 'OWNER' as const]]) };
    const { data } = await graph.ask(
      viewer,
      'mutation { createAction(input: { name: "A", code: "export default () => 1" }) { ... on InvalidInputError { code fields { path code } } } }',
    );
    expect(data?.['createAction']).toEqual({ code: 'INVALID_INPUT', fields: [{ path: ['workspace'], code: 'REQUIRED' }] });
  });
});

function said({ description }: { readonly description?: string | null | undefined }): boolean {
  return typeof description === 'string' && description.trim() !== '';
}

interface Part {
  readonly name: string;
  readonly description: string | null | undefined;
}

function partsOf(type: GraphQLNamedType): Part[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    field,
    ...field.args.map((argument) => ({ name: `${field.name}(${argument.name})`, description: argument.description })),
  ]);
}

function prose(comment: string): string {
  return comment
    .replaceAll(/^\s*\/\/\/ ?/gm, '')
    .trim()
    .replaceAll('\n', ' ');
}

function byValue(values: readonly { readonly value: string; readonly description: string }[]) {
  return [...values].sort((a, b) => (a.value < b.value ? -1 : 1));
}
