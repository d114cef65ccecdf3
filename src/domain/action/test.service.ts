import { type AutomationPlace, type Noun, findAutomation } from '#domain/automation/automation.service';
import { savedBuild, savedSpec } from '#domain/automation/version.service';
import { insertTest } from '#domain/code/test.service';
import { ConflictError } from '#domain/errors';
import { chainOf } from '#domain/point/point.policy';
import { permitted } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import type { Json } from '#plan/plan';
import { pointOf } from './action.build.js';
import { compileAction } from './action.compile.js';
import { assertBuilt } from './deploy.service.js';
import type { ActionSpec } from './action.spec.js';

const action: Noun = { kind: 'ACTION', type: 'Action', noun: 'action' };

/**
 * Hands what was last saved of an action to a worker, to be run once with a payload, and answers the test's id. Throws ConflictError for one
 * that is not made of code (NOT_CODE), that is still being built (BUILDING), or cannot be (BUILD_FAILED).
 */
export async function testAction(work: Work, place: AutomationPlace, payload: unknown): Promise<string> {
  const found = await findAutomation(work, action.kind, place);
  const automation = permitted(work.viewer, found, { see: 'automation.read', change: 'automation.write', noun: action.noun });
  const spec = (await savedSpec(work, automation.id)) as unknown as ActionSpec | null;
  if (spec?.code === undefined) throw new ConflictError('Only actions with code can be tested.', 'NOT_CODE');
  const build = await savedBuild(work, automation.id);
  assertBuilt(build);
  const { id: automationId, workspaceId } = automation;
  const built = build === null ? null : { build: build.hash, version: automationId, secrets: automationId };
  const point = await pointOf(work, automation);
  const [step] = compileAction(spec, built, point).steps;
  if (step === undefined) throw new Error('An action has no step.');
  return insertTest(
    work,
    { workspaceId, automationId },
    {
      args: { ...step.args, secrets: automationId },
      link: point === null ? null : { handler: point.handler, chain: chainOf(point) },
      payload: (payload ?? null) as Json,
      timeoutMs: step.timeoutMs,
    },
  );
}
