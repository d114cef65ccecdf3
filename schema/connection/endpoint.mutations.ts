import { createEndpoint, deleteEndpoint, updateEndpoint, upsertEndpoint } from '#domain/connection/endpoint.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, referenceOf, write, writtenField } from '#schema/written';
import { Endpoint, HttpMethod, loadEndpoint } from './endpoint.js';
import { HeaderInput } from './header.js';

const slots = 'Texts may hold `{{ … }}` over `payload`, `input`, `run`, `action`, `now`, `date` and `secrets`.';
const about = {
  workspace: 'Where it belongs; not needed when the viewer belongs to one workspace.',
  name: 'The name that people read, of 1 to 128 characters.',
  description: 'What it does.',
  system: 'The id or the key of the system that its URL is relative to.',
  app: 'The id or the key of the app that it belongs to.',
  method: 'What it asks for.',
  url: `Relative to the system, or absolute: http or https, without user and password. ${slots}`,
  headers: `All its headers, at most 50; one that the system sends, too, replaces that. ${slots}`,
  body: `A template of what is sent, not for GET and HEAD; the payload as it is when absent. ${slots}`,
  inputSchema: 'A JSON Schema (2020-12) of the payload that refers to itself only; any payload when absent.',
  expectedStatus: 'The statuses that count as done; 200 to 299 when absent.',
  output:
    "A template that makes the output of the response's `status`, `headers` and `body`, and of the `payload`; the response's body when absent.",
  credential: "The id or the key of the credential that its calls use; the system's when absent.",
  timeout: 'The longest time for one call; the limit of the server when absent.',
};

const CreateEndpointInput = builder.inputType('CreateEndpointInput', {
  description: 'A new endpoint.',
  fields: (t) => ({
    workspace: t.id({ description: about.workspace }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: about.name }),
    description: t.string({ description: about.description }),
    system: t.id({ description: about.system }),
    app: t.id({ description: about.app }),
    method: t.field({ type: HttpMethod, required: true, description: about.method }),
    url: t.string({ required: true, description: about.url }),
    headers: t.field({ type: [HeaderInput], description: about.headers }),
    body: t.field({ type: 'JSON', description: about.body }),
    inputSchema: t.field({ type: 'JSONObject', description: about.inputSchema }),
    expectedStatus: t.intList({ description: about.expectedStatus }),
    output: t.field({ type: 'JSON', description: about.output }),
    credential: t.id({ description: about.credential }),
    timeout: t.field({ type: 'Duration', description: about.timeout }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same endpoint.' }),
  }),
});

const UpdateEndpointInput = builder.inputType('UpdateEndpointInput', {
  description:
    'Changes of an endpoint, which is named by exactly one of `id` and `key`. What is absent stays as it is; null is what it is when it is absent in a new one.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: about.name }),
    description: t.string({ description: about.description }),
    system: t.id({ description: about.system }),
    app: t.id({ description: about.app }),
    method: t.field({ type: HttpMethod, description: about.method }),
    url: t.string({ description: about.url }),
    headers: t.field({ type: [HeaderInput], description: about.headers }),
    body: t.field({ type: 'JSON', description: about.body }),
    inputSchema: t.field({ type: 'JSONObject', description: about.inputSchema }),
    expectedStatus: t.intList({ description: about.expectedStatus }),
    output: t.field({ type: 'JSON', description: about.output }),
    credential: t.id({ description: about.credential }),
    timeout: t.field({ type: 'Duration', description: about.timeout }),
  }),
});

const UpsertEndpointInput = builder.inputType('UpsertEndpointInput', {
  description: 'The whole endpoint with this key, as it should be. What is absent gets its default, also when it had another value.',
  fields: (t) => ({
    workspace: t.id({ description: about.workspace }),
    key: t.string({ required: true, description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -.' }),
    name: t.string({ required: true, description: about.name }),
    description: t.string({ description: about.description }),
    system: t.id({ description: about.system }),
    app: t.id({ description: about.app }),
    method: t.field({ type: HttpMethod, required: true, description: about.method }),
    url: t.string({ required: true, description: about.url }),
    headers: t.field({ type: [HeaderInput], description: about.headers }),
    body: t.field({ type: 'JSON', description: about.body }),
    inputSchema: t.field({ type: 'JSONObject', description: about.inputSchema }),
    expectedStatus: t.intList({ description: about.expectedStatus }),
    output: t.field({ type: 'JSON', description: about.output }),
    credential: t.id({ description: about.credential }),
    timeout: t.field({ type: 'Duration', description: about.timeout }),
  }),
});

interface References {
  readonly system?: string | null | undefined;
  readonly app?: string | null | undefined;
  readonly credential?: string | null | undefined;
}

function referencesOf({ system, app, credential }: References) {
  return {
    system: referenceOf('System', system, ['system']),
    app: referenceOf('App', app, ['app']),
    credential: referenceOf('Credential', credential, ['credential']),
  };
}

const endpointField = (description: string) => writtenField('endpoint', Endpoint, loadEndpoint, description);

mutation<typeof CreateEndpointInput.$inferInput, Written>('createEndpoint', {
  description: 'Makes an endpoint, which actions can call.',
  input: CreateEndpointInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The endpoint is there.',
  fields: endpointField('The new endpoint.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createEndpoint(work, { ...input, ...referencesOf(input), workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateEndpointInput.$inferInput, Written>('updateEndpoint', {
  description: 'Changes an endpoint, for the next attempt of any run: actions that call it need not be deployed again.',
  input: UpdateEndpointInput,
  success: 'The endpoint is changed.',
  fields: endpointField('The endpoint as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) =>
      updateEndpoint(work, placeOf('Endpoint', context, { id, key, workspace }), { ...changes, ...referencesOf(changes) }),
    ),
});

mutation<typeof UpsertEndpointInput.$inferInput, Written>('upsertEndpoint', {
  description: 'Makes the endpoint with a key be as given, whether it is there already or not, for the next attempt of any run.',
  input: UpsertEndpointInput,
  success: 'The endpoint is as given.',
  fields: endpointField('The endpoint.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => upsertEndpoint(work, { ...input, ...referencesOf(input), workspaceId: workspaceOf(context, workspace) })),
});

const DeleteEndpointInput = placeInput('DeleteEndpointInput', 'Which endpoint to delete.');

mutation<typeof DeleteEndpointInput.$inferInput, Written>('deleteEndpoint', {
  description: 'Deletes an endpoint. Refused while the live version of an action calls it.',
  input: DeleteEndpointInput,
  success: 'The endpoint is deleted.',
  fields: deletedField('Endpoint'),
  run: (input, context) => write(context, (work) => deleteEndpoint(work, placeOf('Endpoint', context, input))),
});
