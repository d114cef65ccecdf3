import type { Automation } from '#platform/db/generated/prisma/client';
import type { Plan } from '#plan/plan';
import { publishVersion } from '#domain/automation/version.service';
import type { Work } from '#domain/work';
import { lastPosition, type ReadRule } from './rule.place.js';
import { delayedBy, jsonOf, type RuleSpec, ruleText } from './rule.spec.js';

/** A rule is a plan of one step: its texts, in one transaction. It is not attempted twice: what failed once was undone, and is told. */
function compileRule(spec: RuleSpec): Plan {
  return {
    format: 1,
    steps: [
      {
        id: 'main',
        name: 'main',
        kind: 'rule',
        args: { recordType: spec.recordType, ...ruleText(spec) },
        retry: { max: 0, delayMs: 1_000, backoff: 'FIXED', maxDelayMs: 1_000, jitter: 0 },
        timeoutMs: null,
        onError: 'FAIL',
      },
    ],
    atomicity: 'ALL',
    budgetMs: null,
  };
}

/** Makes a rule live that was read and checked; answers the number of its version, and its position, which without one is the last. */
export async function publishRule(
  work: Work,
  automation: Pick<Automation, 'id' | 'workspaceId'>,
  { spec, rule }: ReadRule,
  wanted: number | null,
): Promise<{ readonly version: number; readonly position: number }> {
  const { id: automationId, workspaceId } = automation;
  const { number } = await publishVersion(work, automation, {
    spec: jsonOf(spec),
    plan: () => compileRule(spec),
    stepKind: 'rule',
    maxAttempts: 1,
    priority: 3,
    endpointId: null,
    namespaceId: null,
    buildHash: null,
    threadMode: 'NEW_EACH_RUN',
  });
  const { recordType, blueprint, trigger, triggerKey } = spec;
  const position = wanted ?? (await lastPosition(work, workspaceId, automationId));
  const row = { workspaceId, recordType, blueprint, trigger, triggerKey, position, delayed: delayedBy(rule) };
  await work.tx.rule.upsert({ where: { automationId }, create: { automationId, ...row }, update: row });
  return { version: number, position };
}
