import type { Statement } from '#platform/db/database';
import type { Suggestion } from '#platform/db/generated/prisma/client';
import type { Platform } from '#platform/platform';
import type { Json } from '#plan/plan';
import { NotFoundError } from '#domain/errors';
import { type Cause, fromClient } from '#domain/event/event.emit.service';
import { addSource } from '#domain/record/entity.source.service';
import { readViews } from '#domain/record/entity.view.service';
import { blueprintOf, findResource, putResource, type ResourceData } from '#domain/record/resource.service';
import { permitted } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { undone } from '#domain/undone';
import type { PlainWork, Work } from '#domain/work';
import { tellOfSuggestion } from './suggestion.event.service.js';
import { lockSuggestion, type SuggestionPlace } from './suggestion.lock.js';
import { needs } from './suggestion.policy.js';

/** What applying a suggestion did, or would do. */
export interface Applied {
  readonly id: string;
  readonly dryRun: boolean;
  /** It is one that nobody wants: nothing was done. */
  readonly ignored: boolean;
  /** The record before, as flows see it; null: it was not there. */
  readonly previousState: Json;
  readonly newState: Json;
}

export type StoredSuggestion = Pick<
  Suggestion,
  | 'id'
  | 'workspaceId'
  | 'key'
  | 'title'
  | 'originId'
  | 'sourceId'
  | 'automationId'
  | 'sourceEntityId'
  | 'targetId'
  | 'targetBlueprint'
  | 'targetIdOverride'
  | 'ignored'
> & { readonly data: unknown };

/**
 * Writes what a suggestion says to its target, or to another record in its place. Throws what the write of a record does, and NotFoundError for
 * another record that is not there.
 */
export async function applySuggestion(work: Work, place: SuggestionPlace, targetIdOverride: string | null): Promise<Applied> {
  return applyStored(work, await lockSuggestion(work, place), targetIdOverride);
}

/** The same, in a transaction that is always undone: what is answered is what a real one would answer. */
export async function tryToApply(
  platform: Platform,
  viewer: Viewer,
  place: SuggestionPlace,
  targetIdOverride: string | null,
): Promise<Applied> {
  const suggestion = permitted(viewer, await platform.db.prisma.suggestion.findFirst({ where: place }), needs);
  const { entityId: _entity, ...tried } = await undone(platform, viewer, (work) => write(work, suggestion, targetIdOverride, fromClient));
  return { ...tried, dryRun: true };
}

const applied: Statement = {
  name: 'suggestion.applied',
  text: `UPDATE "Suggestion" SET "lastAppliedAt" = now(), "appliedEntityId" = $2::uuid WHERE id = $1::uuid`,
};

/** Applies a suggestion that the work has locked, or made. */
export async function applyStored(
  work: PlainWork,
  suggestion: StoredSuggestion,
  targetIdOverride: string | null,
  cause: Cause = fromClient,
): Promise<Applied> {
  const { entityId, ...done } = await write(work, suggestion, targetIdOverride, cause);
  if (entityId !== null) {
    await work.sql.query(applied, [suggestion.id, entityId]);
    await tellOfSuggestion(work, 'applied', suggestion, cause);
  }
  return done;
}

async function write(
  work: PlainWork,
  suggestion: StoredSuggestion,
  targetIdOverride: string | null,
  cause: Cause,
): Promise<Applied & { readonly entityId: string | null }> {
  const { id, workspaceId, ignored, sourceEntityId, automationId, targetBlueprint } = suggestion;
  if (ignored) return { id, dryRun: false, ignored, previousState: null, newState: null, entityId: null };
  const override = targetIdOverride ?? suggestion.targetIdOverride;
  const name = override ?? suggestion.targetId;
  const spec = await blueprintOf(work.sql, workspaceId, targetBlueprint);
  const known = await findResource(work.sql, spec, name);
  if (known === null && override !== null)
    throw new NotFoundError(`There is no record ${override} of ${spec.key} to which this could be applied.`);
  const [previousState = null] = known === null ? [] : await readViews(work.sql, workspaceId, [known]);
  const { id: _id, blueprintId: _blueprint, ...data } = suggestion.data as Partial<ResourceData>;
  const written = await putResource(work, workspaceId, { ...data, id: name, blueprintId: targetBlueprint }, cause);
  if (sourceEntityId !== null) await addSource(work, written.id, sourceEntityId, { cause, automationId });
  const [newState = null] = await readViews(work.sql, workspaceId, [written.id]);
  return { id, dryRun: false, ignored, previousState, newState, entityId: written.id };
}
