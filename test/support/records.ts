import type { App } from '#app';
import { newId } from '#platform/ids';

const states = (...names: string[]) => names.map((name) => ({ name, final: name === 'completed', derived: false }));
const link = (name: string, kind: 'ONE' | 'MANY', blueprint: string) => ({ name, aliases: [], kind, blueprint });
const text = { type: 'string' };

/** Few blueprints of records that services have, enough to check rules against. */
export async function fewBlueprints({ db: { prisma } }: Pick<App, 'db'>, workspaceId: string): Promise<void> {
  const rows = [
    {
      key: 'request',
      aliases: ['Req'],
      displayField: 'subject',
      statuses: states('registered', 'assigned', 'completed'),
      links: [link('workflow', 'ONE', 'workflow'), link('requested_for', 'ONE', 'person'), link('team', 'ONE', 'team')],
      properties: { subject: text, impact: { type: 'string', enum: ['low', 'high'] }, custom_fields: { type: 'object' } },
    },
    {
      key: 'task',
      aliases: ['Task'],
      displayField: 'subject',
      statuses: states('registered', 'assigned', 'completed', 'canceled'),
      links: [{ ...link('workflow', 'ONE', 'workflow'), aliases: ['change'] }, link('team', 'ONE', 'team')],
      properties: { subject: text, effort: { type: 'number' } },
    },
    {
      key: 'workflow',
      links: [link('requests', 'MANY', 'request'), link('tasks', 'MANY', 'task')],
    },
    { key: 'ci', aliases: ['Ci'], statuses: states('in_stock', 'retired'), links: [link('users', 'MANY', 'person')] },
    { key: 'person', properties: { name: text, primary_email: text } },
    { key: 'team' },
  ];
  for (const { properties = { name: text }, ...row } of rows)
    await prisma.blueprint.create({
      data: { id: newId(), workspaceId, name: row.key, aliases: [], indexed: [], schema: { type: 'object', properties }, ...row },
    });
}
