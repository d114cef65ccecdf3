import type { Endpoint as EndpointRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableConnections } from '#domain/connection/connection.policy';
import type { HttpMethod as Method } from '#domain/connection/endpoint.input';
import { type JsonObject, builder, heavyComplexity } from '#schema/builder';
import { enumType } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { keyed, searchField } from '#schema/keyed';
import { nestedField } from '#schema/listing';
import { decodeId } from '#schema/node';
import { App, loadApp } from '#schema/tenant/app';
import { Credential, loadCredential } from './credential.js';
import { Header, headersOf } from './header.js';
import { System, loadSystem } from './system.js';

export const HttpMethod = enumType<Method>('HttpMethod', 'What a request asks for (RFC 9110).', {
  GET: 'A representation; the request has no body.',
  HEAD: 'The head of one; the request has no body.',
  POST: 'That the content be processed.',
  PUT: 'That the content become what is there.',
  PATCH: 'That what is there be changed.',
  DELETE: 'That what is there be deleted.',
});

const EndpointFilter = builder.inputType('EndpointFilter', {
  description: 'Which endpoints are wanted.',
  fields: (t) => ({
    ...searchField(t),
    system: t.id({ description: 'Those of the system with this id.' }),
    app: t.id({ description: 'Those of the app with this id.' }),
    credential: t.id({ description: 'Those that have the credential with this id of their own.' }),
    method: t.field({ type: [HttpMethod], description: 'Those that send one of these.' }),
  }),
});

function matching({ system, app, credential, method }: typeof EndpointFilter.$inferInput): Prisma.EndpointWhereInput[] {
  return [
    ...(system == null ? [] : [{ systemId: decodeId('System', system, ['filter', 'system']) }]),
    ...(app == null ? [] : [{ appId: decodeId('App', app, ['filter', 'app']) }]),
    ...(credential == null ? [] : [{ credentialId: decodeId('Credential', credential, ['filter', 'credential']) }]),
    ...(method == null ? [] : [{ method: { in: anyOf('method', method) } }]),
  ];
}

const endpoints = keyed<Prisma.EndpointWhereInput, Prisma.EndpointOrderByWithRelationInput, EndpointRow, typeof EndpointFilter.$inferInput>(
  {
    name: 'Endpoint',
    one: 'endpoint',
    many: 'endpoints',
    see: 'connection.read',
    description: 'One call of another server that actions can make. A change takes effect for the next attempt of any run.',
    fields: (t) => ({
      description: t.exposeString('description', { description: 'What it does; empty when nobody said.' }),
      system: t.field({
        type: System,
        nullable: true,
        description: 'What its URL is relative to, and whose headers and credential it uses.',
        resolve: ({ systemId }, _args, context) => (systemId === null ? null : loadSystem(context, systemId)),
      }),
      app: t.field({
        type: App,
        nullable: true,
        description: 'The app that it belongs to.',
        resolve: ({ appId }, _args, context) => (appId === null ? null : loadApp(context, appId)),
      }),
      method: t.field({
        type: HttpMethod,
        description: 'What it asks for.',
        // Written by the endpoint's service, which takes no other.
        resolve: ({ method }) => method as Method,
      }),
      url: t.exposeString('url', { description: 'A template, relative to the system or whole.' }),
      headers: t.field({ type: [Header], description: 'Its headers, by name.', resolve: ({ headers }) => headersOf(headers) }),
      body: t.field({
        type: 'JSON',
        nullable: true,
        description: 'A template of what is sent; null: the payload as it is.',
        complexity: heavyComplexity,
        resolve: ({ body }) => body,
      }),
      inputSchema: t.field({
        type: 'JSONObject',
        nullable: true,
        description: 'A JSON Schema (2020-12) of the payload; null: any payload.',
        complexity: heavyComplexity,
        resolve: ({ inputSchema }) => inputSchema as JsonObject | null,
      }),
      expectedStatus: t.field({
        type: ['Int'],
        description: 'The statuses that count as done; empty: 200 to 299.',
        resolve: ({ expectedStatus }) => expectedStatus,
      }),
      output: t.field({
        type: 'JSON',
        nullable: true,
        description:
          "A template that makes the output of the response's `status`, `headers` and `body`, and of the `payload`; null: the response's body.",
        complexity: heavyComplexity,
        resolve: ({ output }) => output,
      }),
      credential: t.field({
        type: Credential,
        nullable: true,
        description: "How its calls prove who makes them; null: the system's.",
        resolve: ({ credentialId }, _args, context) => (credentialId === null ? null : loadCredential(context, credentialId)),
      }),
      timeout: t.field({
        type: 'Duration',
        nullable: true,
        description: 'The longest time for one call; null: the limit of the server.',
        resolve: ({ timeoutMs }) => timeoutMs,
      }),
    }),
    find: (prisma, asked) => prisma.endpoint.findMany(asked),
    count: (prisma, asked) => prisma.endpoint.count(asked),
    visible: readableConnections,
    filter: EndpointFilter,
    searched: ['name', 'key', 'description'],
    matching,
  },
);

export const { node: Endpoint, load: loadEndpoint } = endpoints;

nestedField(endpoints, System, 'endpoints', {
  description: 'Its endpoints.',
  find: async (prisma, ids, endpoints) => {
    const rows = await prisma.system.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, endpoints },
    });
    return rows.map((row) => [row.id, row.endpoints]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.endpoint.groupBy({ by: ['systemId'], where: { AND: [{ systemId: { in: ids } }, where] }, _count: true });
    return rows.map(({ systemId, _count }) => [systemId, _count]);
  },
});

nestedField(endpoints, App, 'endpoints', {
  description: 'The endpoints that belong to it.',
  find: async (prisma, ids, endpoints) => {
    const rows = await prisma.app.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, endpoints },
    });
    return rows.map((row) => [row.id, row.endpoints]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.endpoint.groupBy({ by: ['appId'], where: { AND: [{ appId: { in: ids } }, where] }, _count: true });
    return rows.map(({ appId, _count }) => [appId, _count]);
  },
});
