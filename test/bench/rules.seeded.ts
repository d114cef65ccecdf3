import type { App } from '#app';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { seedBlueprints } from '#domain/record/blueprint.service';
import { createRule } from '#domain/rule/rule.service';
import type { Workspace } from '#test/support/seed';

/** Rules that one change of a request meets, each of which writes. */
export const writingRules = 10;
/** Rules of one type of records, of which a change of one field concerns as many as there are by that field. */
export const quietRules = 1_000;

/** A workspace's records and rules: requests have ten rules that write, tasks a thousand whose conditions are not met. */
export async function seedRules(app: App, { uuid: workspaceId, owner }: Workspace): Promise<void> {
  await transact(app, owner, (work) => seedBlueprints(work, { workspaceId, set: 'SERVICE' }));
  const rule = (wanted: { name: string; recordType: string; trigger: string; expressions: string; condition: string; actions: string }) =>
    transact(app, owner, (work) =>
      createRule(work, {
        workspaceId,
        ...wanted,
        key: `bench-${newId()}`,
        expressions: { text: wanted.expressions },
        actions: { text: wanted.actions },
      }),
    );
  for (let n = 0; n < writingRules; n += 1)
    await rule({
      name: `Writes ${n}`,
      recordType: 'request',
      trigger: 'on status update',
      expressions: `moved: status_was != status\nname: subject.upcase`,
      condition: 'moved',
      actions: `a1: add note 'Rule ${n} saw {{name}}'`,
    });
  for (let n = 0; n < quietRules; n += 1)
    await rule({
      name: `Quiet ${n}`,
      recordType: 'task',
      trigger: 'on status update',
      expressions: `long: effort > ${n + 1_000}`,
      condition: `long and status = assigned`,
      actions: `a1: add note 'never'`,
    });
}
