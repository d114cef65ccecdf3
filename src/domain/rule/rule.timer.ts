import type { Sql, Statement } from '#platform/db/database';

const delayed: Statement = {
  name: 'rule.delayed',
  // An app's rules are all in its own workspace.
  text: `
SELECT r."automationId" FROM "Rule" r JOIN "Automation" a ON a.id = r."automationId"
WHERE r."workspaceId" = $1::uuid AND r.blueprint = $2 AND r."triggerKey" = 'delay' AND a.name = $3 AND a."appId" IS NOT DISTINCT FROM $4::uuid AND a."deletedAt" IS NULL
ORDER BY r.number LIMIT 1`,
};

/** The rule that `after … trigger` calls so: of the same app, or beside it of the same workspace, and about the same records; null: there is none. */
export async function readDelayedRule(
  sql: Sql,
  place: { readonly workspaceId: string; readonly blueprint: string; readonly appId: string | null },
  name: string,
): Promise<string | null> {
  const [row] = await sql.query<{ automationId: string }>(delayed, [place.workspaceId, place.blueprint, name, place.appId]);
  return row?.automationId ?? null;
}
