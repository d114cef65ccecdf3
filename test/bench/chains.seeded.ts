import type { App } from '#app';
import { transact } from '#platform/work/work';
import { createPoint } from '#domain/point/point.service';
import { updateBindings } from '#domain/point/binding.service';
import type { Workspace } from '#test/support/seed';

/** How many actions are bound to the trigger points of the bench. */
export const chainLengths = [1, 2, 5, 20] as const;

export const pointOf = (length: number): string => `bench-${String(length)}`;

/** Trigger points with trivial actions, the same ones at each. */
export async function seedChains(app: App, workspace: Workspace): Promise<void> {
  const { owner, uuid: workspaceId } = workspace;
  const commands = [{ name: 'result.set', target: 'result' }];
  await transact(app, owner, (work) =>
    createPoint(work, { workspaceId, key: 'bench', name: 'Bench', handler: 'onExecuteBench', commands }),
  );
  const keys = Array.from({ length: Math.max(...chainLengths) }, (_, n) => `bench-link-${String(n + 1)}`);
  for (const key of keys)
    await workspace.action({
      key,
      code: `exports.onExecuteBench = async (event, api) => { api.result.set('${key}', event.number); };`,
      triggerPoint: 'bench',
      deploy: true,
    });
  for (const length of chainLengths) {
    const triggerPoint = pointOf(length);
    const bindings = keys.slice(0, length).map((actionName) => ({ ref: { actionName } }));
    await transact(app, owner, async (work) => {
      await createPoint(work, {
        workspaceId,
        key: triggerPoint,
        name: triggerPoint,
        handler: 'onExecuteBench',
        commands,
        compatible: ['bench'],
      });
      await updateBindings(work, { workspaceId, triggerPoint, bindings });
    });
  }
}
