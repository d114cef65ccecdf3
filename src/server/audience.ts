import { type DocumentNode, type ExecutionResult, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { Context } from '#schema/context';
import { assertBearable, presentResult } from './answer.js';
import { type Presentation, present } from './errors.js';
import type { Executor, Prepared } from './execution/executor.js';

/** A subscription as it is asked for. */
export interface Subscribed {
  readonly prepared: Prepared;
  readonly document: DocumentNode;
  readonly request: { readonly operationName: string | null; readonly variables: Readonly<Record<string, unknown>> };
  readonly context: Context;
  readonly presentation: Presentation;
}

/** One result as it is sent. */
export interface Answer {
  /** JSON. */
  readonly text: Buffer;
  /** The subscription ends with it. */
  readonly last: boolean;
}

/** Subscribers who get the same answers. */
export interface Audience {
  /** The answer to an event: made once, whoever of them asks. Never rejects. */
  answer(event: unknown): Answer | Promise<Answer>;
  /** The last answer, which says why there are no more. */
  failure(reason: unknown): Answer;
  /** To be called once by each who joined. */
  leave(): void;
}

export interface Audiences {
  /** What errors show and log is that of the first subscriber of an audience. */
  join(subscribed: Subscribed): Audience;
}

/** What the feeds' events carry themselves, so that it is the same for all with the same rights. Everything else may depend on who asks. */
const ownFields = new Set([
  ...[
    'cursor',
    'id',
    'type',
    'source',
    'subjectId',
    'blueprint',
    'time',
    'data',
    'previous',
    'changed',
    'sequence',
    'depth',
    'causedBy',
  ].map((field) => `Event.${field}`),
  ...['actorKind', 'actorId', 'actorName'].map((field) => `EventCause.${field}`),
  ...['cursor', 'sequence', 'type', 'at', 'status', 'run', 'log'].map((field) => `RunEvent.${field}`),
  ...['sequence', 'at', 'level', 'message', 'step', 'stepPath'].map((field) => `LogLine.${field}`),
  'Run.id',
]);

/**
 * One execution and one text per event for all subscribers that would get the same answer: the same document, variables and rights, and
 * the same viewer unless the answer is made of the event alone. The feed hands one object per event to everybody, and the answers are
 * kept as long as that object is.
 */
export function createAudiences(schema: GraphQLSchema, executor: Executor, answerBytes: number): Audiences {
  const audiences = new Map<string, Audience & { members: number }>();
  const answers = new WeakMap<object, Map<string, Answer | Promise<Answer>>>();
  const documents = new WeakMap<object, { readonly number: number; readonly ofEvent: boolean }>();
  let count = 0;

  /** What an answer depends on beside its event. */
  function keyOf({ document, request: { operationName, variables }, context: { viewer } }: Subscribed): string {
    const known = documents.get(document) ?? { number: (count += 1), ofEvent: isOfEventAlone(schema, document) };
    documents.set(document, known);
    const rights = [...(viewer?.roles ?? [])].map(([workspaceId, role]) => `${workspaceId}:${role}`).sort();
    const person = known.ofEvent || viewer === null ? null : [viewer.actor.kind, viewer.actor.id, viewer.tokenId];
    return JSON.stringify([known.number, operationName, variables, rights, person]);
  }

  function createAudience(key: string, { prepared, context, presentation }: Subscribed) {
    const write = (result: ExecutionResult): Answer => {
      assertBearable(result, answerBytes);
      return { text: Buffer.from(JSON.stringify(presentResult(result, presentation))), last: false };
    };
    const failure = (reason: unknown): Answer => ({
      text: Buffer.from(JSON.stringify({ errors: [present(reason, presentation)] })),
      last: true,
    });
    const make = (event: unknown): Answer | Promise<Answer> => {
      try {
        const result = executor.execute(prepared, { root: event, context, signal: null });
        return result instanceof Promise ? result.then(write).catch(failure) : write(result);
      } catch (error) {
        return failure(error);
      }
    };
    const audience: Audience & { members: number } = {
      members: 0,
      answer: (event) => {
        if (typeof event !== 'object' || event === null) return make(event);
        let known = answers.get(event);
        if (known === undefined) answers.set(event, (known = new Map<string, Answer | Promise<Answer>>()));
        let answer = known.get(key);
        if (answer === undefined) {
          known.set(key, (answer = make(event)));
          // Those who come to the event later need no promise.
          if (answer instanceof Promise) void answer.then((made) => known.set(key, made));
        }
        return answer;
      },
      failure,
      leave: () => {
        audience.members -= 1;
        if (audience.members === 0) audiences.delete(key);
      },
    };
    return audience;
  }

  return {
    join: (subscribed) => {
      const key = keyOf(subscribed);
      let audience = audiences.get(key);
      if (audience === undefined) audiences.set(key, (audience = createAudience(key, subscribed)));
      audience.members += 1;
      return audience;
    },
  };
}

/** Whether nothing but columns of the event is selected, in any operation of the document. */
function isOfEventAlone(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  const subscription = schema.getSubscriptionType();
  let alone = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name: { value: name } }) => {
        const parent = types.getParentType();
        if (name !== '__typename' && parent !== subscription && !ownFields.has(`${parent?.name ?? ''}.${name}`)) alone = false;
      },
    }),
  );
  return alone;
}
