import { NotFoundError } from '#domain/errors';
import { parseInput } from '#domain/input';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import type { Json } from '#plan/plan';
import { emitEvents, fromClient, type NewEvent } from './event.emit.service.js';
import { type EmitInput, emitInput } from './event.input.js';

export type { EmitInput } from './event.input.js';

/** Emits an event of the client's own, about a record or nothing of Millrace's. Answers its id. The event is its own audit entry. */
export async function emitEvent(work: Work, raw: EmitInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(emitInput(work.platform.config), raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'event.emit');
  const find = (id: string) => work.tx.event.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'emitEvent', key: idempotencyKey, body: input, find }, async () => {
    const entity = input.entityId == null ? null : await lockEntity(work, workspaceId, input.entityId);
    const [id] = await emitEvents(work, [clientEvent(input, entity)]);
    if (id === undefined) throw new Error('No event was emitted.');
    return id;
  });
}

/** As a client tells it. */
export function clientEvent(
  { workspaceId, type, data }: { readonly workspaceId: string; readonly type: string; readonly data?: unknown },
  entity: NewEvent['entity'],
): NewEvent {
  return {
    workspaceId,
    type,
    source: `/workspaces/${workspaceId}`,
    entity,
    // What a client says is JSON; its schema made sure of it.
    data: (data ?? {}) as Json,
    previous: null,
    changed: [],
    cause: fromClient,
  };
}

/** So that its events are numbered one after the other. */
async function lockEntity(work: Work, workspaceId: string, id: string): Promise<{ readonly id: string; readonly blueprint: string }> {
  const lock = {
    name: 'event.entity',
    text: `SELECT e.id, b.key AS blueprint FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId"
      WHERE e.id = $1::uuid AND e."workspaceId" = $2::uuid FOR NO KEY UPDATE OF e`,
  };
  const [row] = await work.sql.query<{ id: string; blueprint: string }>(lock, [id, workspaceId]);
  if (row === undefined) throw new NotFoundError('No such entity.');
  return row;
}
