import type { Json } from '#plan/plan';
import { type Cause, emitEvents } from '#domain/event/event.emit.service';
import type { PlainWork } from '#domain/work';

/** What happened to a suggestion. */
export const suggestionChanges = ['created', 'updated', 'applied', 'deleted'] as const;
export type SuggestionEvent = (typeof suggestionChanges)[number];

export const suggestionEventType = (change: SuggestionEvent): string => `suggestion.${change}`;

/** Of the graph's ids of suggestions. */
const suggestionPrefix = 'sug_';

interface Told {
  readonly id: string;
  readonly workspaceId: string;
  readonly key: string;
  readonly title: string;
  readonly originId: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly targetBlueprint: string;
  readonly ignored: boolean;
}

/** Tells of a suggestion, in the transaction of the change: for subscriptions, and for flows that wait for it. */
export async function tellOfSuggestion(work: PlainWork, change: SuggestionEvent, suggestion: Told, cause: Cause): Promise<void> {
  const { id, workspaceId, key, title, originId, sourceId, targetId, targetBlueprint, ignored } = suggestion;
  const data: Json = { suggestion: `${suggestionPrefix}${id}`, key, title, originId, sourceId, targetId, targetBlueprint, ignored };
  await emitEvents(work, [
    {
      workspaceId,
      type: suggestionEventType(change),
      source: `${place}${suggestionPrefix}${id}`,
      entity: null,
      data,
      previous: null,
      changed: [],
      cause,
    },
  ]);
}

const place = '/suggestions/';

/** The suggestion of an event, by its type and its source; null: it tells of none. */
export function suggestionOf(type: string, source: string): { readonly change: SuggestionEvent; readonly id: string } | null {
  const change = suggestionChanges.find((one) => suggestionEventType(one) === type);
  const start = `${place}${suggestionPrefix}`;
  return change === undefined || !source.startsWith(start) ? null : { change, id: source.slice(start.length) };
}
