import { type Endpoint, Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { ConflictError, type FieldProblem, InvalidInputError } from '#domain/errors';
import { parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, assertRoom, listKeys, lockKeyed, namedKeys, referToAny, upsertKeyed } from '#domain/keyed';
import { keyedApp } from '#domain/tenant/app.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { changed } from '#domain/changed';
import { keyedCredential } from './credential.service.js';
import {
  type CreateEndpointInput,
  type EndpointChanges,
  type UpdateEndpointInput,
  type UpsertEndpointInput,
  type WholeEndpoint,
  createInput,
  standsAlone,
  updateInput,
  upsertInput,
  withoutBody,
} from './endpoint.input.js';
import { keyedSystem } from './system.service.js';

/** For whoever refers to an endpoint: `referTo(work, keyedEndpoint, workspaceId, reference)`. */
export const keyedEndpoint: Keyed<Endpoint> = {
  table: 'Endpoint',
  see: 'connection.read',
  change: 'connection.write',
  noun: 'endpoint',
  find: (tx, where) => tx.endpoint.findFirst({ where }),
};

/** Makes an endpoint and answers its id. */
export async function createEndpoint(work: Work, raw: CreateEndpointInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'connection.write');
  const find = (id: string) => work.tx.endpoint.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createEndpoint', key: idempotencyKey, body: input, find }, () =>
    insert(work, 'createEndpoint', input),
  );
}

async function insert(work: Work, operation: string, input: WholeEndpoint): Promise<string> {
  const { workspaceId, name, method, url } = input;
  await assertRoom(work, keyedEndpoint, workspaceId);
  const id = newId();
  const columns = { ...nothing, ...(await columnsOf(work, workspaceId, input)), name, method, url };
  check(columns);
  const key = await takeKey(input, async (free) => {
    const data = { id, workspaceId, key: free, ...stored(columns), createdAt: work.now, updatedAt: work.now };
    return (await work.tx.endpoint.createMany({ data, skipDuplicates: true })).count === 1;
  });
  const { systemId, appId, credentialId } = columns;
  const change = { key, name, method, url, systemId, appId, credentialId };
  await audit(work, { workspaceId, operation, subjectType: 'Endpoint', subjectId: id, change });
  return id;
}

/** Changes what is given, for the next attempt of any run, and answers the endpoint's id. */
export async function updateEndpoint(work: Work, place: Place, raw: UpdateEndpointInput): Promise<string> {
  const input = parseInput(updateInput(work.platform.config), raw);
  return save(work, 'updateEndpoint', await lockKeyed(work, keyedEndpoint, place), input);
}

/** Makes the endpoint with this key be as given: what is absent gets its default. Answers its id. */
export async function upsertEndpoint(work: Work, raw: UpsertEndpointInput): Promise<string> {
  const input = parseInput(upsertInput(work.platform.config), raw);
  const { workspaceId, key, ...changes } = input;
  assertCan(work.viewer, workspaceId, 'connection.write');
  return upsertKeyed(
    work,
    keyedEndpoint,
    { workspaceId, key },
    {
      insert: () => insert(work, 'upsertEndpoint', input),
      save: (before) => save(work, 'upsertEndpoint', before, { ...absent, ...changes }),
    },
  );
}

async function save(work: Work, operation: string, before: Endpoint, input: EndpointChanges): Promise<string> {
  const { id, workspaceId } = before;
  const columns = await columnsOf(work, workspaceId, input);
  check({ ...before, ...columns });
  const change = changed(before, columns);
  if (change === null) return id;
  await work.tx.endpoint.update({ where: { id }, data: { ...stored(columns), updatedAt: work.now } });
  await audit(work, { workspaceId, operation, subjectType: 'Endpoint', subjectId: id, change });
  return id;
}

/** Deletes the endpoint and answers its id. Refused while what is live uses it. */
export async function deleteEndpoint(work: Work, place: Place): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedEndpoint, place, 'deleting');
  const where = { deletedAt: null, deployments: { some: { version: { endpointId: id } } } };
  const users = await work.tx.automation.findMany({ where, select: { key: true }, orderBy: { key: 'asc' }, take: namedKeys });
  if (users.length > 0) {
    const keys = users.map((user) => user.key);
    throw new ConflictError(
      `The endpoint "${key}" is used by what is live: ${listKeys(keys, await work.tx.automation.count({ where }))}.`,
      'IN_USE',
    );
  }
  await work.tx.endpoint.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteEndpoint', subjectType: 'Endpoint', subjectId: id, change: { key, name } });
  return id;
}

/** An endpoint of which only what is required was said. */
const nothing = {
  description: '',
  systemId: null,
  appId: null,
  headers: {},
  body: null,
  inputSchema: null,
  expectedStatus: [],
  output: null,
  credentialId: null,
  timeoutMs: null,
};

/** What an upsert says of the fields that it does not name. */
const absent = {
  description: null,
  system: null,
  app: null,
  headers: null,
  body: null,
  inputSchema: null,
  expectedStatus: null,
  output: null,
  credential: null,
  timeout: null,
} as const;

/** The columns that an input says something about; null is the default. */
async function columnsOf(work: Work, workspaceId: string, input: EndpointChanges) {
  const systemId = await referToAny(work, keyedSystem, workspaceId, input.system);
  const appId = await referToAny(work, keyedApp, workspaceId, input.app);
  const credentialId = await referToAny(work, keyedCredential, workspaceId, input.credential);
  return {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.method == null ? {} : { method: input.method }),
    ...(input.url == null ? {} : { url: input.url }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(systemId === undefined ? {} : { systemId }),
    ...(appId === undefined ? {} : { appId }),
    ...(credentialId === undefined ? {} : { credentialId }),
    ...(input.headers === undefined ? {} : { headers: { ...input.headers } }),
    ...(input.body === undefined ? {} : { body: input.body }),
    ...(input.inputSchema === undefined ? {} : { inputSchema: input.inputSchema }),
    ...(input.expectedStatus === undefined ? {} : { expectedStatus: input.expectedStatus ?? [] }),
    ...(input.output === undefined ? {} : { output: input.output }),
    ...(input.timeout === undefined ? {} : { timeoutMs: input.timeout }),
  };
}

type Columns = Awaited<ReturnType<typeof columnsOf>>;

/** As Prisma writes them: null of a JSON column is the database's. */
function stored<Given extends Columns>(columns: Given) {
  const json = (value: unknown) => (value === null ? Prisma.DbNull : (value as Prisma.InputJsonValue));
  const { body, inputSchema, output, ...rest } = columns;
  return {
    ...rest,
    ...(body === undefined ? {} : { body: json(body) }),
    ...(inputSchema === undefined ? {} : { inputSchema: json(inputSchema) }),
    ...(output === undefined ? {} : { output: json(output) }),
  };
}

/** What can only be told of the whole. */
function check({ method, url, systemId, body }: Pick<Endpoint, 'method' | 'url' | 'systemId'> & { readonly body?: unknown }): void {
  const problems: FieldProblem[] = [];
  if (systemId === null && !standsAlone(url))
    problems.push({ path: ['url'], message: 'Without a system the URL is absolute: https://...', code: 'URL' });
  if (withoutBody.has(method) && body !== null && body !== undefined)
    problems.push({ path: ['body'], message: `A ${method} request has no body.`, code: 'NOT_ALLOWED' });
  if (problems.length > 0) throw new InvalidInputError(problems);
}
