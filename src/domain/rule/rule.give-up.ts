import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { linkOf } from '#domain/event/event.emit.service';
import type { ExecutedRule } from './rule.execute.service.js';
import { internalFailure } from './rule.failure.js';
import type { MatchedRule } from './rule.match.js';
import { recordRules, type RuleEntry } from './rule.record.js';

/**
 * Lost leases after which an event is not evaluated any more. Faults end earlier, so each process that had it was lost before it could tell of
 * one: what takes one worker along would take the next one.
 */
export const mostLost = 10;
const atOnce = 100;

/** What became of a rule that met a fault of ours. */
export const failedRule: ExecutedRule = {
  outcome: 'FAILED',
  values: [],
  failed: null,
  failure: internalFailure,
  effects: [],
  touched: false,
  deliveries: [],
  timers: [],
};

/** Ends an event: of its rules it is told that they failed, and nothing is read for them. `more`: flows have their turn afterwards. Throws EventLost. */
export async function giveUpRules(
  { clock, db }: Pick<Platform, 'clock' | 'db'>,
  event: ClaimedEvent,
  entityId: string,
  rules: readonly MatchedRule[],
  more: boolean,
): Promise<readonly RuleEntry[]> {
  const entries = rules.map(({ automationId, versionId, suspended }): RuleEntry => {
    const told = { automationId, versionId, startedAt: clock.now(), durationMs: 0 };
    if (suspended) return { ...told, outcome: 'SUSPENDED', evaluated: null, run: null };
    const chain = [...event.chain, linkOf(automationId, entityId)];
    return { ...told, outcome: 'FAILED', evaluated: failedRule, run: { id: newId(), executed: failedRule, labels: [], chain } };
  });
  for (let start = 0; start === 0 || start < entries.length; start += atOnce)
    await recordRules(db.sql, event, entries.slice(start, start + atOnce), !more && start + atOnce >= entries.length);
  return entries;
}
