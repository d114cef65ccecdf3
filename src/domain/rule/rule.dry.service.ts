import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { ConflictError } from '#domain/errors';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { changesBy, type RecordChange } from '#domain/record/entity.changes.service';
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
    const changes = executed.outcome === 'MET' ? await changesBy(work.sql, subject.workspaceId, runId) : [];
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
