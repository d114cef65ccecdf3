import { setMaxListeners } from 'node:events';
import { createBatch } from '#platform/batch';
import { isDatabaseAway } from '#platform/db/symptoms';
import { createPlaces } from '#platform/places';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transact, transactPlainly, waitForLocksAtMost } from '#platform/work/work';
import { bodyHash, readKey, takeKeys } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { systemActor, type Viewer } from '#domain/tenant/viewer';
import { parseInput } from '#domain/input';
import type { PlainWork } from '#domain/work';
import { emitEvents, tellAll, type Untold } from './event.emit.service.js';
import { type EmitInput, emitInput } from './event.input.js';
import { clientEvent, emitEvent } from './event.service.js';

/** Events of clients: committed before it answers, many callers sharing one transaction. */
export interface Emits {
  /** Answers the id of the event, or of the earlier one of the same idempotency key. Throws what `emitEvent` throws. */
  emit(viewer: Viewer, raw: EmitInput): Promise<string>;
  close(): Promise<void>;
}

interface Emitting {
  readonly id: string;
  readonly viewer: Viewer;
  readonly workspaceId: string;
  readonly type: string;
  readonly data: unknown;
  readonly key: { readonly key: string; readonly hash: Buffer } | null;
}

/** Some milliseconds of work; two lanes keep one batch collecting while another commits. */
const mostEvents = 200;
const lanes = 2;

/** Events of all workspaces wait with one whose key is in an open transaction: not for long. */
const patienceMs = 250;

export function createEmits(platform: Platform): Emits {
  // Nobody gives up waiting for a place: those before it end with their transactions.
  const untilItsTurn = new AbortController().signal;
  setMaxListeners(0, untilItsTurn);
  const places = createPlaces(Math.max(1, Math.floor(platform.config.database.pool / 4)));
  const batch = createBatch<Emitting, boolean>({
    flush: async (events) => {
      try {
        const made = await transactPlainly(platform, nobody, (work) => insert(work, events));
        return events.map(({ id }) => made.has(id));
      } catch (error) {
        // Whether it was committed may be unknown: whoever asked has to ask again, as of a transaction of its own.
        if (isDatabaseAway(error)) throw error;
        platform.log.warn({ err: error, events: events.length }, 'events could not be emitted together, and are emitted one by one');
        return events.map(() => false);
      }
    },
    most: mostEvents,
    lanes,
    separable: () => false,
  });
  return {
    emit: async (viewer, raw) => {
      const { idempotencyKey, ...input } = parseInput(emitInput(platform.config), raw);
      const { workspaceId, type, data, entityId } = input;
      assertCan(viewer, workspaceId, 'event.emit');
      // What is about a record waits for whoever is changing it, and keeps nobody else waiting.
      if (entityId == null) {
        const key = idempotencyKey == null ? null : { key: readKey(idempotencyKey), hash: bodyHash(input) };
        const id = newId();
        if (await batch.add({ id, viewer, workspaceId, type, data, key })) return id;
      }
      // Each holds a connection of the graph, maybe until a lock is free.
      await places.take(untilItsTurn);
      try {
        return await transact(platform, viewer, (work) => emitEvent(work, raw));
      } finally {
        places.give();
      }
    },
    close: () => batch.idle(),
  };
}

const nobody: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

/** Answers the ids of those that were inserted: of the others the key is taken. */
async function insert(work: PlainWork, events: readonly Emitting[]): Promise<ReadonlySet<string>> {
  await waitForLocksAtMost(work.sql, patienceMs);
  const first = new Map<string, Emitting>();
  for (const event of events) {
    const place = event.key === null ? event.id : `${event.workspaceId} ${event.key.key}`;
    if (!first.has(place)) first.set(place, event);
  }
  const distinct = [...first.values()];
  const keyed = distinct.flatMap(({ id, workspaceId, key }) => (key === null ? [] : [{ workspaceId, ...key, resultId: id }]));
  const taken = await takeKeys(work, 'emitEvent', keyed);
  const untold: Untold = { rows: [] };
  for (const { id, viewer, workspaceId, type, data, key } of distinct)
    if (key === null || taken.has(id))
      await emitEvents({ ...work, viewer, untold }, [{ ...clientEvent({ workspaceId, type, data }, null), id }]);
  const made = new Set(untold.rows.map(({ id }) => id));
  await tellAll(work, untold);
  return made;
}
