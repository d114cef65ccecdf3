import { createHash } from 'node:crypto';
import type { Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Json } from '#plan/plan';
import type { Cause } from '#domain/event/event.emit.service';
import type { PlainWork } from '#domain/work';
import { type Applied, applyStored, type StoredSuggestion } from './suggestion.apply.service.js';
import { tellOfSuggestion } from './suggestion.event.service.js';
import type { SuggestionData } from './suggestion.input.js';

/** What a flow suggests. */
export interface NewSuggestion {
  readonly workspaceId: string;
  /** The flow. */
  readonly automationId: string;
  readonly title: string;
  readonly description: string;
  /** The record that the run is about; null: it is about none. */
  readonly source: { readonly entityId: string; readonly blueprint: string; readonly name: string; readonly context: Json } | null;
  readonly target: { readonly blueprint: string; readonly id: string };
  readonly data: SuggestionData;
  readonly autoApply: boolean;
  readonly runId: string;
}

export interface Suggested {
  readonly id: string;
  readonly key: string;
  /** Nobody wants it: nothing was changed. */
  readonly ignored: boolean;
  /** Null: it is left to a person. */
  readonly applied: Applied | null;
}

const put: Statement = {
  name: 'suggestion.put',
  // One for each flow, source and target: the next event changes it, and leaves one that nobody wants as it is.
  text: `
INSERT INTO "Suggestion" AS s (id, "workspaceId", key, title, description, "originId", "automationId", "sourceId", "sourceEntityId", "sourceContext", "targetId", "targetBlueprint", data,
    "autoApply", "runId", "createdAt", "creatorKind", "creatorName", "updatedAt", "updaterKind", "updaterName")
SELECT $1::uuid, $2::uuid, $16, $3, $4, $5, $6::uuid, $7, $8::uuid, $9::jsonb, $10, $11, $12::jsonb, $13, $14::uuid, now(), 'SYSTEM', $15, now(), 'SYSTEM', $15
ON CONFLICT ("workspaceId", key) DO UPDATE SET
  "automationId" = excluded."automationId", "sourceEntityId" = excluded."sourceEntityId",
  title = CASE WHEN s.ignored THEN s.title ELSE excluded.title END, description = CASE WHEN s.ignored THEN s.description ELSE excluded.description END,
  "sourceContext" = CASE WHEN s.ignored THEN s."sourceContext" ELSE excluded."sourceContext" END, data = CASE WHEN s.ignored THEN s.data ELSE excluded.data END,
  "autoApply" = CASE WHEN s.ignored THEN s."autoApply" ELSE excluded."autoApply" END, "runId" = CASE WHEN s.ignored THEN s."runId" ELSE excluded."runId" END,
  "updatedAt" = CASE WHEN s.ignored THEN s."updatedAt" ELSE now() END, "updaterKind" = 'SYSTEM', "updaterId" = NULL, "updaterName" = excluded."updaterName"
RETURNING id, key, title, "originId", "sourceId", "workspaceId", "automationId", "sourceEntityId", "targetId", "targetBlueprint", "targetIdOverride", ignored, data, xmax = 0 AS fresh`,
};

const keyOfFlow: Statement = { name: 'suggestion.flow', text: 'SELECT key FROM "Automation" WHERE id = $1::uuid' };

const longestKey = 255;

/** One key for each flow, source and target. */
function keyOf(flow: string, { source, target }: NewSuggestion): string {
  const key = [flow, source === null ? '' : `${source.blueprint}:${source.name}`, target.blueprint, target.id].join('/');
  return key.length <= longestKey ? key : `${flow}/${createHash('sha256').update(key).digest('hex')}`;
}

/** Suggests what a flow found, or changes what it suggested before for the same source and target; applies it where it applies itself. */
export async function suggest(work: PlainWork, wanted: NewSuggestion, cause: Cause): Promise<Suggested> {
  const { workspaceId, automationId, source, target } = wanted;
  const flow = (await work.sql.query<{ key: string }>(keyOfFlow, [automationId]))[0]?.key ?? '';
  const [row] = await work.sql.query<StoredSuggestion & { readonly fresh: boolean }>(put, [
    newId(),
    workspaceId,
    wanted.title,
    wanted.description,
    flow,
    automationId,
    source?.name ?? flow,
    source?.entityId ?? null,
    source === null ? null : JSON.stringify(source.context),
    target.id,
    target.blueprint,
    JSON.stringify(wanted.data),
    wanted.autoApply,
    wanted.runId,
    work.viewer.actor.name,
    keyOf(flow, wanted),
  ]);
  if (row === undefined) throw new Error('A suggestion was not written.');
  if (!row.ignored) await tellOfSuggestion(work, row.fresh ? 'created' : 'updated', row, cause);
  const applied = wanted.autoApply && !row.ignored ? await applyStored(work, row, null, cause) : null;
  return { id: row.id, key: row.key, ignored: row.ignored, applied };
}
