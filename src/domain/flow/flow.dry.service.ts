import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { queueTest, takeAnswer } from '#domain/code/test.service';
import { ConflictError, LimitExceededError } from '#domain/errors';
import type { DryRunAnswer, DryRunRequest } from '#domain/run/run.dry.service';
import type { Work } from '#domain/work';
import { compileFlow } from './flow.compile.js';
import type { FlowSubject, TriedFlow } from './flow.trial.js';

/** Hands a flow to the workers, to be run on something in a transaction that is undone, and answers the test's id. */
export function requestDryRun(work: Work, flow: TriedFlow, { input, eventId, entityId, depth }: FlowSubject): Promise<string> {
  const { automationId, workspaceId, name, spec } = flow;
  const { kind, id } = work.viewer.actor;
  const request: DryRunRequest = {
    kind: 'FLOW',
    plan: compileFlow(spec),
    automationId,
    name,
    input,
    eventId,
    entityId,
    depth,
    actor: { kind, id },
  };
  return queueTest(work, { workspaceId, automationId: automationId ?? newId() }, request);
}

/** What came of it. Throws LimitExceededError, and ConflictError where no worker answered (NO_WORKER), records were being changed (BUSY) or we failed. */
export async function takeDryRun(platform: Platform, id: string, ms: number): Promise<DryRunAnswer> {
  const answer = await takeAnswer<DryRunAnswer>(platform, id, ms);
  if (answer === null) throw new ConflictError('No worker ran the flow in time.', 'NO_WORKER');
  const { refused } = answer;
  if (refused === null) return answer;
  if (refused.code === 'LIMIT_EXCEEDED') throw new LimitExceededError(refused.message, refused.limit);
  if (refused.code === 'CONFLICT') throw new ConflictError(refused.message, 'BUSY');
  throw new Error(refused.message);
}
