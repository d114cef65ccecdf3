import { z } from 'zod';
import type { RetryPolicy } from './plan.js';
import type { StepKind } from './step-kinds.js';

const key = z.string().min(1);
const condition = z.strictObject({
  field: z.string().min(1).describe('A path, `data.properties.stage` or `properties/stage`; with expression: an expression.'),
  operator: z.string().min(1).describe('eq, neq, in, nin, contains, like, gt, exists ...'),
  value: z.json().optional().describe('What is compared with; it may hold templates.'),
  expression: z.boolean().optional().describe('Whether field is an expression of the template language.'),
});
const conditions = z.array(condition).max(100).describe('All must hold.');
const resourceType = z.literal('entity').optional().describe('Kind of the resource; there are entities.');
const stops = z.boolean().optional().describe('Whether the run ends quietly when nothing is found.');
const anyJson = z.json().describe('Any JSON value.');
const entity = z.record(z.string(), z.json()).describe('A record: id, title, description, blueprintId, properties, relations, labels.');
const seconds = z.string().min(1).describe('A duration in ISO 8601: PT30S, P1D.');

const record = { timeoutMs: 15_000, effects: ['RECORD'] } as const;
const inner = { timeoutMs: null, effects: [] } as const;

/** The kinds of steps that flows have beside those of actions. Arguments are as they are after their templates were rendered. */
export const flowKinds = {
  upsertResource: {
    kind: 'upsertResource',
    title: 'Create or change a record',
    description:
      'Merges what is given into the record with this id, or makes it; with createSuggestion, a record that is not there is suggested instead.',
    args: z.strictObject({
      resourceType,
      data: z.strictObject({
        id: key.optional().describe('Key of the record in its blueprint; absent: a new record.'),
        title: z.string().optional().describe('Its display field.'),
        description: z.string().nullable().optional().describe('Its description property, where the blueprint has one.'),
        blueprintId: key.describe('Key of its blueprint.'),
        status: z.string().optional().describe('Its status.'),
        properties: z.record(z.string(), z.json()).optional().describe('Properties to set; null takes one away.'),
        relations: z
          .record(z.string(), z.strictObject({ value: z.union([z.string(), z.array(z.string()), z.null()]) }))
          .optional()
          .describe('Links to set: the key, or the keys, of the records that they lead to.'),
        labels: z.array(z.string()).optional().describe('Its labels.'),
      }),
      createSuggestion: z.boolean().optional().describe('Whether a record that is not there is suggested, not made.'),
      autoApply: z.boolean().optional().describe('Whether the suggestion is applied at once.'),
    }),
    output: entity,
    ...record,
  },
  deleteResource: {
    kind: 'deleteResource',
    title: 'Delete records',
    description: 'Deletes the record with this id, or all that meet the conditions.',
    args: z.strictObject({
      resourceType,
      blueprintId: key.optional(),
      id: key.optional(),
      conditions: conditions.optional(),
      stopFlowIfNotFound: stops,
    }),
    output: z.strictObject({ deleted: z.int().describe('How many there were.') }),
    ...record,
  },
  fetchResource: {
    kind: 'fetchResource',
    title: 'Fetch a record',
    description: 'The first record that meets the conditions; without one the step has no output.',
    args: z.strictObject({ resourceType, conditions, stopFlowIfNotFound: stops }),
    output: entity,
    ...inner,
  },
  fetchFieldsFromResources: {
    kind: 'fetchFieldsFromResources',
    title: 'Fetch fields of records',
    description: 'The values that all records that meet the conditions have in some fields.',
    args: z.strictObject({ resourceType, fields: z.array(key).min(1).max(50), conditions, stopFlowIfNotFound: stops }),
    output: z.record(z.string(), z.array(z.json())).describe('The values by field, in the order of the records.'),
    ...inner,
  },
  fetchEntitiesBySource: {
    kind: 'fetchEntitiesBySource',
    title: 'Fetch records by their source',
    description: 'The ids of the records of a blueprint that have one of the given records as their source.',
    args: z.strictObject({
      targetBlueprintId: key,
      sourceBlueprintId: key,
      entityIds: z.union([z.array(z.string()), z.string()]).describe('Keys of the sources.'),
      stopFlowIfNotFound: stops,
    }),
    output: z.strictObject({ ids: z.array(z.string()) }),
    ...inner,
  },
  triggerAutomations: {
    kind: 'triggerAutomations',
    title: 'Run flows over records',
    description: 'Runs flows once for each record that meets the conditions.',
    args: z.strictObject({
      automationIds: z.union([z.array(key).max(100), key]).describe('Keys of the flows.'),
      entities: z.strictObject({ conditions }),
    }),
    output: z.strictObject({
      runs: z.int().describe('How many runs were made.'),
      entities: z.int().describe('How many records there were.'),
    }),
    timeoutMs: 60_000,
    effects: ['RECORD'],
  },
  httpRequest: {
    kind: 'httpRequest',
    title: 'HTTP request',
    description: 'Calls a server on the Internet through the guarded client; the call has an idempotency key that attempts share.',
    args: z.strictObject({
      method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional().describe('GET when absent.'),
      url: z.string().min(1),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.json().optional().describe('Text as it is, else JSON.'),
      expectedStatus: z.array(z.int().min(100).max(599)).max(100).optional().describe('200 to 299 when absent.'),
    }),
    output: z.strictObject({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.json() }),
    timeoutMs: 30_000,
    effects: ['HTTP'],
  },
  runAction: {
    kind: 'runAction',
    title: 'Run an action',
    description: 'Starts a run of an action and, unless told otherwise, waits for what it comes to.',
    args: z.strictObject({
      action: key.describe('Its key.'),
      payload: z.json().optional(),
      wait: z.boolean().optional().describe('True when absent.'),
    }),
    output: anyJson,
    ...inner,
  },
  runFlow: {
    kind: 'runFlow',
    title: 'Run a flow',
    description:
      'Starts a run of another flow and, unless told otherwise, waits for its outputs. Flows may start each other five levels deep.',
    args: z.strictObject({
      flow: key.describe('Its key.'),
      inputs: z.record(z.string(), z.json()).optional(),
      wait: z.boolean().optional().describe('True when absent.'),
    }),
    output: anyJson,
    ...inner,
  },
  notify: {
    kind: 'notify',
    title: 'Notify',
    description:
      'Sends a message to a notification group (its addresses, webhooks and chats) and to addresses; it is delivered after the step has committed, and tried again.',
    args: z.strictObject({
      group: key.optional().describe('Key of a notification group.'),
      emails: z.array(z.string()).max(100).optional().describe('Addresses.'),
      subject: z.string().min(1).describe('What it is about: the first line in chats, the subject of mails.'),
      text: z.string().optional().describe('What chats and mails show beneath the subject.'),
      data: z.json().optional().describe('Sent to webhooks beside the text.'),
    }),
    output: z.strictObject({ deliveries: z.int() }),
    timeoutMs: 15_000,
    effects: ['MESSAGE'],
  },
  delay: {
    kind: 'delay',
    title: 'Delay',
    description: 'Waits for a time, without holding a worker.',
    args: z.strictObject({ for: seconds.optional(), until: z.string().optional().describe('A moment in RFC 3339.') }),
    output: z.null(),
    ...inner,
  },
  waitForEvent: {
    kind: 'waitForEvent',
    title: 'Wait for an event',
    description: 'Waits until an event meets the conditions, which see it as `event`, `data` and `previous`.',
    args: z.strictObject({
      type: key.describe('Type of the event: entity.updated, or of a client.'),
      entity: key.optional().describe('Id of the record that it must be about.'),
      conditions: conditions.optional(),
      timeout: seconds.optional().describe('P1D when absent.'),
      failOnTimeout: z.boolean().optional().describe('True when absent; else the output is null.'),
    }),
    output: anyJson,
    ...inner,
  },
  approval: {
    kind: 'approval',
    title: 'Approval',
    description: 'Waits until a person approves or rejects.',
    args: z.strictObject({
      title: z.string().min(1).optional(),
      message: z.string().optional(),
      timeout: seconds.optional().describe('P7D when absent.'),
      onReject: z.enum(['FAIL', 'CONTINUE']).optional().describe('FAIL when absent: the run ends as cancelled.'),
      selfReview: z
        .boolean()
        .optional()
        .describe('Whether whoever started the run may decide it; false when absent: it takes somebody else.'),
    }),
    output: z.strictObject({
      approved: z.boolean(),
      comment: z.string(),
      reviewedBy: z.string().nullable(),
      reviewedAt: z.string().nullable(),
    }),
    ...inner,
  },
  branch: {
    kind: 'branch',
    title: 'Branch',
    description: 'Goes the first of its ways whose conditions hold.',
    args: z.strictObject({}),
    output: z.strictObject({ way: z.string().nullable() }),
    ...inner,
  },
  forEach: {
    kind: 'forEach',
    title: 'For each',
    description: 'Does its steps for each item of a list, which they see as `item` and `index`.',
    args: z.strictObject({
      items: z.array(z.json()).max(10_000).nullable().describe('Null is an empty list.'),
      parallel: z.int().min(1).max(20).optional().describe('Items at once; 1 when absent.'),
    }),
    output: z.array(z.json()).describe('What the last step of each item came to.'),
    ...inner,
  },
  tryCatch: {
    kind: 'tryCatch',
    title: 'Try and catch',
    description: 'Does its steps; when one fails, does those of `catch`, which see it as `error`.',
    args: z.strictObject({}),
    output: z.strictObject({ failed: z.boolean() }),
    ...inner,
  },
  computeLevel: {
    kind: 'computeLevel',
    title: 'Compute a level',
    description: 'The highest level whose conditions hold, each level including those below it; kept with the record and its history.',
    args: z.strictObject({
      entity: key.optional().describe('Id of the record; that of the event when absent.'),
      levels: z
        .array(z.strictObject({ name: key, conditions }))
        .min(1)
        .max(20)
        .describe('From the lowest to the highest.'),
    }),
    output: z.strictObject({ level: z.string().nullable(), previous: z.string().nullable() }),
    ...record,
  },
  resolveRelation: {
    kind: 'resolveRelation',
    title: 'Resolve a link',
    description: 'Links the record to those of another blueprint whose field has the value of one of its properties.',
    args: z.strictObject({
      entity: key.optional().describe('Id of the record; that of the event when absent.'),
      relation: key.describe('Name of the link.'),
      targetBlueprintId: key,
      targetField: key.describe('Field of the target: id, title or properties/email.'),
      value: z.json().describe('The value, or a list of values, to be found there.'),
      stopFlowIfNotFound: stops,
    }),
    output: z.strictObject({ ids: z.array(z.string()) }),
    ...record,
  },
} as const satisfies Record<string, StepKind>;

export type FlowKindName = keyof typeof flowKinds;

export const flowKindNames = Object.keys(flowKinds) as readonly FlowKindName[];

/** Kinds that have the steps of others within: whoever executes a flow executes them. */
export type ControlKind = 'branch' | 'forEach' | 'tryCatch';

/** Arguments that mean something else without a value than where they are absent: what their templates find nothing for stays null. */
export const nullKept: Readonly<Record<string, readonly string[]>> = {
  waitForEvent: ['entity'],
  computeLevel: ['entity'],
  resolveRelation: ['entity', 'value'],
  deleteResource: ['id', 'conditions'],
  forEach: ['items'],
};

/** A step is attempted once, unless its author wants more. */
export const noFlowRetry: RetryPolicy = { max: 0, delayMs: 1_000, backoff: 'EXPONENTIAL', maxDelayMs: 60_000, jitter: 0.2 };
