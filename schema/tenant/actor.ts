import type { FieldMap } from '@pothos/core';
import type { ActorKind as Kind } from '#platform/db/generated/prisma/enums';
import type { GraphTypes } from '#schema/builder';
import { ActorKind } from '#schema/enums';
import { encodeId } from '#schema/node';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** What a row says of whoever acted. */
interface Acted {
  readonly actorKind: Kind;
  readonly actorId: string | null;
  readonly actorName: string;
}

/** A user's or a token's id as the graph writes it. */
function actorId({ actorKind, actorId }: Acted): string | null {
  if (actorId === null || actorKind === 'SYSTEM') return null;
  return encodeId(actorKind === 'USER' ? 'User' : 'ApiToken', actorId);
}

/** The fields of a type whose rows tell who acted. */
export function actorFields<Row extends Acted>(t: PothosSchemaTypes.ObjectFieldBuilder<Types, Row>): FieldMap {
  return {
    actorKind: t.field({
      type: ActorKind,
      description: 'Who did it: a person, a service or Millrace itself.',
      resolve: ({ actorKind }) => actorKind,
    }),
    actorId: t.id({
      nullable: true,
      description: 'The id of the person or token, which may be gone; null for Millrace itself.',
      resolve: actorId,
    }),
    actorName: t.string({ description: 'The name of the person or token at that time.', resolve: ({ actorName }) => actorName }),
  };
}
