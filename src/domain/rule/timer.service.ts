import type { Platform } from '#platform/platform';
import { transactPlainly } from '#platform/work/work';
import { emitEvents } from '#domain/event/event.emit.service';
import { systemActor, type Viewer } from '#domain/tenant/viewer';
import { dueType, rulePrefix } from './rule.match.js';
import { mostDue, takeDueTimers } from './rule.timer.js';

const system: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

/**
 * Turns timers whose time has come into events, each of which makes one rule due: its condition is asked then. Timer and event change places
 * in one transaction. Any number of processes may call it. Answers how many it were, and whether more may be due.
 */
export function fireTimers(platform: Platform): Promise<{ readonly fired: number; readonly more: boolean }> {
  return transactPlainly(platform, system, async (work) => {
    const due = await takeDueTimers(work.sql);
    if (due.length > 0) {
      await emitEvents(
        work,
        due.map(({ id, workspaceId, entityId, automationId, blueprint, runId, eventId, depth, chain }) => ({
          workspaceId,
          type: dueType,
          source: `/timers/${id}`,
          entity: { id: entityId, blueprint },
          data: { rule: `${rulePrefix}${automationId}` },
          previous: null,
          changed: [],
          cause: { runId, eventId, webhookId: null, depth, chain },
        })),
      );
    }
    return { fired: due.length, more: due.length === mostDue };
  });
}
