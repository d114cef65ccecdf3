import type { Automation, Binding } from '#platform/db/generated/prisma/client';
import type { Plan } from '#plan/plan';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';
import { type WantedBinding, type WantedBindings, mostBindings } from './binding.input.js';
import { codeOf } from './chain.compile.js';
import type { Point } from './point.js';

/** An entry of the list with what it leads to. */
export interface ResolvedBinding {
  readonly wanted: WantedBinding;
  readonly automation: Automation;
  /** What was bound before; null: it is new. */
  readonly before: Binding | null;
}

/** The actions that the entries name, locked so that none is deployed or deleted until the end of the work. */
async function lockNamed(work: Work, { workspaceId, bindings }: WantedBindings, bound: readonly Binding[]): Promise<readonly Automation[]> {
  const ids = new Set(bound.map((binding) => binding.automationId));
  const names: string[] = [];
  for (const { ref } of bindings)
    if ('actionId' in ref) ids.add(ref.actionId);
    else if ('actionName' in ref) names.push(ref.actionName);
  const where = {
    workspaceId,
    deletedAt: null,
    kind: 'ACTION' as const,
    OR: [{ id: { in: [...ids] } }, { name: { in: names } }, { key: { in: names } }],
  };
  const found = await work.tx.automation.findMany({ where, select: { id: true } });
  await work.sql.query({ name: 'binding.lock', text: 'SELECT id FROM "Automation" WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE' }, [
    found.map(({ id }) => id),
  ]);
  return work.tx.automation.findMany({ where });
}

/**
 * What the entries lead to. Throws one InvalidInputError that names every entry at fault. `lock` is called when the actions are locked and
 * before what is bound is read for good; it answers the point, which does not change from then on.
 */
export async function resolveBindings(
  work: Work,
  input: WantedBindings,
  lock: () => Promise<Point>,
): Promise<{ readonly bound: readonly Binding[]; readonly entries: readonly ResolvedBinding[] }> {
  const { workspaceId, triggerPoint, bindings } = input;
  const where = { workspaceId, triggerPoint };
  const automations = await lockNamed(work, input, await work.tx.binding.findMany({ where }));
  const point = await lock();
  const bound = await work.tx.binding.findMany({ where });
  const made = await codes(
    work,
    automations.map(({ id }) => id),
  );
  const problems: FieldProblem[] = [];
  const taken = new Set<string>();
  const entries: ResolvedBinding[] = [];
  if (bindings.length > mostBindings)
    problems.push({
      path: ['bindings'],
      message: `At most ${String(mostBindings)} actions can be bound to a trigger point.`,
      code: 'TOO_MANY',
    });
  for (const [index, wanted] of bindings.entries()) {
    const fault = (code: string, message: string) => problems.push({ path: ['bindings', String(index), 'ref'], message, code });
    const found = named(wanted, bound, automations);
    if ('code' in found) {
      fault(found.code, found.message);
      continue;
    }
    const { automation } = found;
    const told = JSON.stringify(automation.key);
    if (taken.has(automation.id)) fault('REPEATED', `The action ${told} stands in the list before.`);
    else if (
      automation.triggerPoint === null ||
      (automation.triggerPoint !== point.key && !point.compatible.includes(automation.triggerPoint))
    )
      fault(
        'WRONG_TRIGGER_POINT',
        `The action ${told} is made for ${automation.triggerPoint === null ? 'no trigger point' : `the trigger point ${JSON.stringify(automation.triggerPoint)}`}.`,
      );
    else if (made.get(automation.id) === undefined) fault('NOT_DEPLOYED', `The action ${told} is not deployed.`);
    else if (made.get(automation.id) === false) fault('NOT_CODE', `The action ${told} is not made of code.`);
    taken.add(automation.id);
    entries.push({ wanted, automation, before: bound.find((binding) => binding.automationId === automation.id) ?? null });
  }
  problems.push(...(await secretProblems(work, bindings, entries)));
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { bound, entries };
}

type Named = { readonly automation: Automation } | { readonly code: string; readonly message: string };

function named({ ref }: WantedBinding, bound: readonly Binding[], automations: readonly Automation[]): Named {
  if ('actionName' in ref) {
    const { actionName } = ref;
    const keyed = automations.find(({ key }) => key === actionName);
    const matching = keyed === undefined ? automations.filter(({ name }) => name === actionName) : [keyed];
    const [automation, another] = matching;
    if (another !== undefined)
      return { code: 'AMBIGUOUS', message: `Several actions are called ${JSON.stringify(actionName)}: give the key or the id of one.` };
    return automation === undefined ? { code: 'NOT_FOUND', message: `There is no action ${JSON.stringify(actionName)}.` } : { automation };
  }
  const id = 'actionId' in ref ? ref.actionId : bound.find((binding) => binding.id === ref.bindingId)?.automationId;
  const automation = automations.find((one) => one.id === id);
  if (automation !== undefined) return { automation };
  return { code: 'NOT_FOUND', message: 'actionId' in ref ? 'There is no such action.' : 'There is no such binding at this trigger point.' };
}

/** Whether the live version is made of code, by automation; absent: nothing is live. */
async function codes(work: Work, automationIds: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const live = await work.tx.deployment.findMany({
    where: { automationId: { in: [...automationIds] }, environment: { key: productionKey } },
    select: { automationId: true, version: { select: { plan: { select: { document: true } } } } },
  });
  return new Map(live.map(({ automationId, version }) => [automationId, codeOf(version.plan.document as unknown as Plan) !== null]));
}

/** A name without a value keeps the old one; where there is none, that is a fault. */
async function secretProblems(
  work: Work,
  bindings: readonly WantedBinding[],
  entries: readonly ResolvedBinding[],
): Promise<readonly FieldProblem[]> {
  const owners = entries.flatMap(({ before }) => (before === null ? [] : [before.id]));
  const known = await work.tx.secret.findMany({ where: { ownerId: { in: owners } }, select: { ownerId: true, name: true } });
  const names = new Set(known.map(({ ownerId, name }) => `${ownerId} ${name}`));
  const beforeOf = new Map(entries.map(({ wanted, before }) => [wanted, before]));
  return bindings.flatMap((wanted, index) => {
    const before = beforeOf.get(wanted);
    const seen = new Set<string>();
    return (wanted.secrets ?? []).flatMap(({ name, value }, place): FieldProblem[] => {
      const path = ['bindings', String(index), 'secrets', String(place)];
      if (seen.has(name)) return [{ path: [...path, 'name'], message: `The secret ${name} stands in the list before.`, code: 'REPEATED' }];
      seen.add(name);
      if (value != null || (before != null && names.has(`${before.id} ${name}`))) return [];
      return [{ path: [...path, 'value'], message: `The secret ${name} has no value yet.`, code: 'REQUIRED' }];
    });
  });
}
