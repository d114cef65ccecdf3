import type { Suggestion } from '#platform/db/generated/prisma/client';
import { NotFoundError } from '#domain/errors';
import { permitted } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import { needs } from './suggestion.policy.js';

/** Where a suggestion is looked up. */
export type SuggestionPlace = { readonly id: string } | { readonly workspaceId: string; readonly key: string };

/** The suggestion, locked until the end of the work, for a viewer who may change records. */
export async function lockSuggestion(work: Work, place: SuggestionPlace): Promise<Suggestion> {
  const { id } = permitted(work.viewer, await work.tx.suggestion.findFirst({ where: place }), needs);
  await work.sql.query({ name: 'suggestion.lock', text: 'SELECT id FROM "Suggestion" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [id]);
  const locked = await work.tx.suggestion.findUnique({ where: { id } });
  if (locked === null) throw new NotFoundError('No such suggestion.');
  return locked;
}
