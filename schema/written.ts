import type { ObjectRef } from '@pothos/core';
import { transact } from '#platform/work/work';
import { NotFoundError } from '#domain/errors';
import { invalid, keyPattern } from '#domain/input';
import type { Place, Reference } from '#domain/keyed';
import type { Work } from '#domain/work';
import { type GraphTypes, builder } from './builder.js';
import type { SignedIn } from './context.js';
import type { Fields } from './mutation.js';
import { type NodeName, decodeId, encodeId, isId } from './node.js';
import { idOrKey, workspaceOf } from './scope.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** What a mutation wrote. */
export interface Written {
  /** The row's UUID. */
  readonly id: string;
}

/** Runs a service that answers the UUID of what it wrote. */
export async function write(context: SignedIn, service: (work: Work) => Promise<string>): Promise<Written> {
  return { id: await transact(context.app, context.viewer, service) };
}

/** The field of a success that shows what was written, read back with what the client selects. */
export function writtenField<Row extends object>(
  name: string,
  type: ObjectRef<Types, Row>,
  load: (context: SignedIn, id: string) => Promise<Row | null>,
  description: string,
): Fields<Written> {
  // A type parameter would leave open whether a row is a list.
  const shown: ObjectRef<Types, object> = type;
  return (t) => ({
    [name]: t.field({
      type: shown,
      description,
      resolve: async ({ id }, _args, context) => {
        const row = await load(context, id);
        if (row === null) throw new Error('What was just written is not there.');
        return row;
      },
    }),
  });
}

/** `deletedId` of a success. */
export function deletedField(name: NodeName): Fields<Written> {
  return (t) => ({ deletedId: t.id({ description: 'The id of what was deleted.', resolve: ({ id }) => encodeId(name, id) }) });
}

/** The fields of an input that name a thing by its id or its key. */
export function placeFields(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    id: t.id({ description: 'Its id. Give exactly one of id and key.' }),
    key: t.string({ description: 'Its key. A key never changes.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
  };
}

/** An input that does nothing but name a thing. */
export function placeInput(name: string, description: string) {
  return builder.inputType(name, { description, fields: placeFields });
}

interface GivenPlace {
  readonly id?: string | null | undefined;
  readonly key?: string | null | undefined;
  readonly workspace?: string | null | undefined;
}

/** Where the thing of {@link placeFields} is looked up. */
export function placeOf(name: NodeName, context: SignedIn, given: GivenPlace): Place {
  const place = idOrKey(name, given);
  if ('id' in place) return place;
  const workspaceId = workspaceOf(context, given.workspace);
  if (!keyPattern.test(place.key)) throw new NotFoundError(`There is no ${name} with this key.`);
  return { ...place, workspaceId };
}

/** What one field of an input refers to, by an id or a key. What looks like an id is one. Null and absent stay as they are. */
export function referenceOf<Given extends string | null | undefined>(
  name: NodeName | readonly NodeName[],
  given: Given,
  path: readonly string[],
): Reference | Exclude<Given, string> {
  if (typeof given !== 'string') return given as Exclude<Given, string>;
  if (isId(given)) return { id: decodeId(name, given, path) };
  if (!keyPattern.test(given)) throw invalid(path, 'This is neither an id nor a key.', 'MALFORMED_ID');
  return { key: given };
}
