import type { Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { ConflictError } from '#domain/errors';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import type { BlueprintSpec, JsonObject } from '#domain/record/blueprint.spec';
import type { Viewer } from '#domain/tenant/viewer';
import { undone } from '#domain/undone';
import type { PlainWork } from '#domain/work';
import { type ExecutedRule, executeRule, type RuleSubject, type RunnableRule } from './rule.execute.service.js';
import type { ActingInstance } from './rule.load.js';
import { triggerKeysOf } from './rule.match.js';
import { changeOf, viewerOf } from './rule.pass.service.js';
import { RecordReader } from './rule.reader.js';
import { actingIn, type TriedRule, type TriedSubject } from './rule.trial.js';
import { typesOf } from './rule.types.js';

/** A record that a rule would change. */
export interface RecordChange {
  readonly entity: string;
  /** The key of its blueprint. */
  readonly type: string;
  /** The record as events tell it; null: it would be new. */
  readonly before: JsonObject | null;
  /** Null: it would be gone. */
  readonly after: JsonObject | null;
  readonly changed: readonly string[];
  /** Notes that it would get. */
  readonly notes: readonly string[];
}

/** What a rule would do. */
export interface DryRun extends ExecutedRule {
  /** Whether the event fires the rule; null: it was tried on a record. */
  readonly triggered: boolean | null;
  /** Every record that would be other than it is, also by what follows from the rule's own writes. None when it fails. */
  readonly changes: readonly RecordChange[];
}

/**
 * Executes a rule as it would be, in a transaction that is always undone: nothing is written, sent or set. Throws ConflictError for a record
 * that is gone (GONE) or an app that is not installed, NotFoundError, LimitExceededError.
 */
export async function dryRunRule(platform: Platform, viewer: Viewer, rule: TriedRule, subject: TriedSubject): Promise<DryRun> {
  const acting = await actingIn(platform.db, rule, subject.workspaceId);
  const triggered = subject.event === null ? null : triggerKeysOf(subject.event).includes(rule.triggerKey);
  return undone(platform, viewerOf(rule.name), async (work) => {
    const runId = newId();
    const runnable = runnableOf(rule, acting);
    const about = await subjectOf(work, viewer, rule, subject, acting);
    const { event, entityId } = subject;
    const executed = await executeRule(work, runnable, about, {
      runId,
      eventId: event?.id ?? null,
      webhookId: null,
      depth: (event?.depth ?? 0) + 1,
      chain: [...(event?.chain ?? []), `${runnable.automationId} ${entityId}`],
    });
    // What a statement has made impossible cannot be read any more; it would not be kept, either.
    const changes = executed.outcome === 'MET' ? changesOf(await work.sql.query<WrittenEvent>(written, [runId]), about.reader) : [];
    return { ...executed, triggered, changes };
  });
}

function runnableOf({ automationId, workspaceId, blueprint, name, tree, failure }: TriedRule, acting: ActingInstance | null): RunnableRule {
  return { automationId: automationId ?? newId(), workspaceId, blueprint, name, tree, failure, app: acting?.app ?? null };
}

async function subjectOf(
  work: PlainWork,
  viewer: Viewer,
  rule: TriedRule,
  { workspaceId, entityId, event }: TriedSubject,
  acting: ActingInstance | null,
): Promise<RuleSubject> {
  const { all } = await loadBlueprints(work.sql, workspaceId);
  const reader = new RecordReader(work.sql, workspaceId, all);
  const record = await reader.record(entityId);
  if (record === null) throw new ConflictError('The record is no longer there.', 'GONE');
  const { actor } = viewer;
  return {
    reader,
    types: typesOf(all, record.blueprint, rule.appId, null),
    record,
    change:
      event === null
        ? { previous: null, snapshot: null, created: false, userId: actor.kind === 'USER' ? actor.id : null }
        : changeOf(event),
    instance: acting?.instance ?? null,
    scopes: acting?.scopes ?? [],
    now: work.now,
  };
}

interface WrittenEvent {
  readonly entityId: string;
  readonly blueprint: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly previous: JsonObject | null;
  readonly changed: readonly string[];
}

const written: Statement = {
  name: 'dry.written',
  text: `SELECT "entityId", blueprint, type, data, previous, changed FROM "Event" WHERE "causeRunId" = $1::uuid AND "entityId" IS NOT NULL ORDER BY at, id`,
};

/** Of each record the state before its first event and after its last one. */
function changesOf(events: readonly WrittenEvent[], reader: RecordReader): readonly RecordChange[] {
  const found = new Map<string, RecordChange>();
  for (const { entityId, blueprint, type, data, previous, changed } of events) {
    const known = found.get(entityId);
    const state = snapshotIn(data, type);
    const before =
      known !== undefined ? known.before : type === 'entity.created' ? null : earlier(state, previous ?? {}, reader.blueprint(blueprint));
    const note = data['note'];
    const text = type === 'note.added' && isObject(note) && typeof note['text'] === 'string' ? [note['text']] : [];
    found.set(entityId, {
      entity: entityId,
      type: blueprint,
      before,
      after: type === 'entity.deleted' ? null : state,
      changed: [...new Set([...(known?.changed ?? []), ...changed])],
      notes: [...(known?.notes ?? []), ...text],
    });
  }
  return [...found.values()];
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The record in an event, which tells of it itself or of what was added to it. */
function snapshotIn(data: JsonObject, type: string): JsonObject {
  const { record } = data;
  return !type.startsWith('entity.') && isObject(record) ? record : data;
}

/** The record before the change. */
function earlier(state: JsonObject, previous: JsonObject, blueprint: BlueprintSpec | null): JsonObject {
  const isLink = (name: string) => blueprint?.links.some((link) => link.name === name) === true;
  const [links, fields] = [
    Object.entries(previous).filter(([name]) => isLink(name)),
    Object.entries(previous).filter(([name]) => !isLink(name)),
  ];
  const kept = isObject(state['links']) ? state['links'] : {};
  return { ...state, ...Object.fromEntries(fields), links: { ...kept, ...Object.fromEntries(links) } };
}
