import type { FieldMap, ObjectRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { DomainError } from '#domain/errors';
import { invalid, retold } from '#domain/input';
import { type GraphTypes, builder } from './builder.js';
import type { SignedIn } from './context.js';
import { Refusal, type ResultCode, errorTypes } from './errors.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;
export type Fields<Shape> = (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>) => FieldMap;

/** Errors that every mutation may meet. */
const always = ['NOT_FOUND', 'FORBIDDEN', 'INVALID_INPUT', 'CONFLICT', 'LIMIT_EXCEEDED'] as const satisfies readonly ResultCode[];

function isRefusal(value: object): value is Refusal {
  return value instanceof Refusal;
}

interface ResultOptions<Shape> {
  /** What the success means. */
  readonly success: string;
  /** Errors beside those that every mutation may meet. */
  readonly errors?: readonly ResultCode[];
  readonly fields: Fields<Shape>;
}

/** `union XResult = XSuccess | errors`, and a function that runs something and answers its success or its error. */
export function resultType<Shape extends object>(name: string, options: ResultOptions<Shape>) {
  const codes: readonly ResultCode[] = [...always, ...(options.errors ?? [])];
  const success = builder.objectRef<Shape>(`${name}Success`).implement({ description: options.success, fields: options.fields });
  const ref = builder.unionType(`${name}Result`, {
    description: `What \`${name.charAt(0).toLowerCase()}${name.slice(1)}\` answers: its success, or why it was refused.`,
    types: [success, ...codes.map((code) => errorTypes[code])] as ObjectRef<Types, object>[],
    resolveType: (value) => (isRefusal(value) ? (errorTypes[value.error.code] as ObjectRef<Types, object>) : success),
  });
  return {
    ref,
    /** An error that is none of this union's ends the request. */
    attempt: async (run: () => Promise<Shape> | Shape): Promise<object> => {
      try {
        return await run();
      } catch (error) {
        if (error instanceof DomainError && (codes as readonly string[]).includes(error.code)) return new Refusal(error);
        throw error;
      }
    },
  };
}

interface MutationOptions<Input, Shape> extends ResultOptions<Shape> {
  readonly description: string;
  readonly input: PothosSchemaTypes.InputObjectRef<Types, Input>;
  /** Decodes, calls the service inside `transact`, and answers what the success's fields resolve from. */
  readonly run: (input: Input, context: SignedIn, info: GraphQLResolveInfo) => Promise<Shape> | Shape;
}

/** A field of Mutation: `createAction(input: CreateActionInput!): CreateActionResult!`. Answers the result, for fields that hold several of them. */
export function mutation<Input, Shape extends object>(name: string, options: MutationOptions<Input, Shape>) {
  const result = resultType<Shape>(`${name.charAt(0).toUpperCase()}${name.slice(1)}`, options);
  builder.mutationField(name, (t) =>
    t.field({
      type: result.ref,
      description: options.description,
      args: { input: t.arg({ type: options.input, required: true, description: 'What to do.' }) },
      // TypeScript cannot read the argument's type through the generic ref it was made from.
      resolve: (_root, args, context, info) => result.attempt(() => options.run((args as { input: Input }).input, context, info)),
    }),
  );
  return result;
}

/** Most items of a mutation of several. */
export const mostItems = 100;

interface SeveralOptions<Item, Shape> {
  readonly description: string;
  readonly input: PothosSchemaTypes.InputObjectRef<Types, { items: Item[] }>;
  /** What an item is, in the plural, and what it means that this succeeds. */
  readonly items: string;
  readonly success: string;
  /** Of one item: its result, and what is done. */
  readonly result: Pick<ReturnType<typeof resultType>, 'ref'> & { attempt(run: () => Promise<Shape>): Promise<object> };
  readonly run: (item: Item, context: SignedIn) => Promise<Shape>;
}

/** A mutation of several `items`, each of which succeeds or is refused by itself. */
export function mutationOfSeveral<Item, Shape extends object>(name: string, options: SeveralOptions<Item, Shape>): void {
  const { description, input, items: called, success, result, run } = options;
  mutation<{ items: Item[] }, { readonly results: readonly object[] }>(name, {
    description,
    input,
    success,
    fields: (t) => ({
      results: t.field({
        type: [result.ref],
        description: 'What became of each item, in the order of the items.',
        complexity: { field: 1, multiplier: mostItems },
        resolve: ({ results }) => [...results],
      }),
    }),
    run: async ({ items }, context) => {
      if (items.length > mostItems) throw invalid(['items'], `At most ${mostItems} ${called} at once.`, 'TOO_LONG');
      const results = items.map((item, index) =>
        result.attempt(() =>
          retold(
            () => run(item, context),
            (field) => ({ ...field, path: ['items', String(index), ...field.path] }),
          ),
        ),
      );
      return { results: await Promise.all(results) };
    },
  });
}
