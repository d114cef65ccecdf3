import type { Sql, Statement } from '#platform/db/database';

/** A page of the automations that use an endpoint, by their ids: the newest first. */
export interface UsagePage {
  /** Ids below this one (or at it); null: from the newest on. */
  readonly below: string | null;
  /** Ids above this one (or at it); null: to the oldest. */
  readonly above: string | null;
  readonly inclusive: boolean;
  /** The oldest first. */
  readonly reversed: boolean;
  readonly take: number;
}

const read = (name: string, direction: 'ASC' | 'DESC'): Statement => ({
  name,
  // A version may be live in several environments and others of the same automation, too: each automation counts once.
  text: `
SELECT endpoint.id AS "endpointId", users.id AS "automationId" FROM unnest($1::uuid[]) AS endpoint(id) CROSS JOIN LATERAL (
  SELECT DISTINCT a.id
  FROM "AutomationVersion" v JOIN "Deployment" d ON d."versionId" = v.id JOIN "Automation" a ON a.id = d."automationId"
  WHERE v."endpointId" = endpoint.id AND a."workspaceId" = ANY($2::uuid[]) AND a."deletedAt" IS NULL
    AND ($3::uuid IS NULL OR a.id < $3 OR ($5::boolean AND a.id = $3))
    AND ($4::uuid IS NULL OR a.id > $4 OR ($5::boolean AND a.id = $4))
  ORDER BY a.id ${direction} LIMIT $6
) users`,
});

const newest = read('usage.newest', 'DESC');
const oldest = read('usage.oldest', 'ASC');

const count: Statement = {
  name: 'usage.count',
  text: `
SELECT v."endpointId", count(DISTINCT a.id)::integer AS total
FROM "AutomationVersion" v JOIN "Deployment" d ON d."versionId" = v.id JOIN "Automation" a ON a.id = d."automationId"
WHERE v."endpointId" = ANY($1::uuid[]) AND a."workspaceId" = ANY($2::uuid[]) AND a."deletedAt" IS NULL
GROUP BY v."endpointId"`,
};

/** The same page of the users of several endpoints, in one statement: ids of automations by endpoint. */
export async function readUsage(
  sql: Sql,
  endpointIds: readonly string[],
  workspaceIds: readonly string[],
  page: UsagePage,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { below, above, inclusive, reversed, take } = page;
  const rows = await sql.query<{ endpointId: string; automationId: string }>(reversed ? oldest : newest, [
    endpointIds,
    workspaceIds,
    below,
    above,
    inclusive,
    take,
  ]);
  const users = new Map<string, string[]>(endpointIds.map((id) => [id, []]));
  for (const { endpointId, automationId } of rows) users.get(endpointId)?.push(automationId);
  return users;
}

export async function countUsage(
  sql: Sql,
  endpointIds: readonly string[],
  workspaceIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ endpointId: string; total: number }>(count, [endpointIds, workspaceIds]);
  return new Map(rows.map(({ endpointId, total }) => [endpointId, total]));
}
