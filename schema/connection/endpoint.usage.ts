import type { Automation as AutomationRow } from '#platform/db/generated/prisma/client';
import { countUsage, readUsage } from '#domain/connection/endpoint.usage';
import { workspacesWhere } from '#domain/tenant/permission';
import { loadAutomation } from '#schema/automation/automation';
import { AutomationConnection } from '#schema/automation/automation.list';
import { builder } from '#schema/builder';
import { type Window, connection, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { Endpoint } from './endpoint.js';

/** The newest first. Ids are UUIDs version 7: their order is the order of making. */
const newest = [{ column: 'id', direction: 'desc' }] as const;

/** Cursors of this list hold one value, which `decodeCursor` found to be a UUID. */
function idAt(place: Window['after']): string | null {
  return place === null ? null : String(place[0]);
}

builder.objectField(Endpoint, 'usedBy', (t) =>
  t.field({
    type: AutomationConnection,
    description: 'The automations whose live version calls it, the newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { sql } = context.app.db;
      const visible = workspacesWhere(context.viewer, 'automation.read');
      return connection<object, object, AutomationRow>(context, newest, args, {
        find: async ({ take, window: { after, before, inclusive, reversed } }) => {
          const page = { below: idAt(after), above: idAt(before), inclusive, reversed, take };
          const ids = await forParents<readonly string[]>(
            context,
            'Endpoint.usedBy',
            page,
            id,
            (endpoints) => readUsage(sql, endpoints, visible, page),
            [],
          );
          const rows = await Promise.all(ids.map((automationId) => loadAutomation(context, automationId)));
          return rows.filter((row) => row !== null);
        },
        count: () => forParents<number>(context, 'Endpoint.usedBy#', null, id, (endpoints) => countUsage(sql, endpoints, visible), 0),
      });
    },
  }),
);
