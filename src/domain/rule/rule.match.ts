import type { Sql, Statement } from '#platform/db/database';
import type { ClaimedEvent } from '#domain/event/event.claim';

/** A rule that an event concerns and that was not evaluated for it yet. */
export interface MatchedRule {
  readonly automationId: string;
  readonly name: string;
  /** The version that is live. */
  readonly versionId: string;
  /** Through which its app acts in the workspace; null: it is no app's, and acts in its own. */
  readonly instanceId: string | null;
  /** Its app may not act there now, or it is paused, or its app is. */
  readonly suspended: boolean;
}

interface MatchedRow extends MatchedRule {
  /** The place of the event among those that were asked about, from 1. */
  readonly nth: number;
}

/** The event that makes a rule due is about that rule alone. */
export const dueType = 'rule.due';

/** What an event's triggers are called; of one that makes a rule due there is `delay`. */
export function triggerKeysOf({ type, changed }: Pick<ClaimedEvent, 'type' | 'changed'>): readonly string[] {
  switch (type) {
    case 'entity.created':
      return ['create'];
    case 'entity.updated':
      return ['update', ...changed.map((field) => `field:${field}`)];
    case 'note.added':
      return ['note'];
    case dueType:
      return ['delay'];
    default:
      return [];
  }
}

/** That a pause covers the rule `r`: asked of each only where there are pauses at all. */
const paused = `(SELECT EXISTS (SELECT 1 FROM "Pause")) AND EXISTS (SELECT 1 FROM "Pause" p WHERE p."workspaceId" = r."workspaceId" AND p."subjectId" IN (r."automationId", r."appId") OFFSET 0)`;

/** That the rule `r` is about the event `g`. One that became due after it was disabled is told to be so; of other events it hears nothing. */
const about = `r.blueprint = g.blueprint AND r."triggerKey" = ANY(g."triggerKeys") AND (g.rule IS NULL OR g.rule = r."automationId")
      AND (r.enabled OR g.rule IS NOT NULL) AND NOT r.deleted AND r."liveId" IS NOT NULL`;

const columns = 'r."automationId", r.name, r."liveId", r.position, r.number';

const match: Statement = {
  name: 'rule.match',
  // One range of an index for each trigger, and nothing is looked up for a rule: there may be thousands. An app's rules act where it has an
  // instance, in a workspace of the same organization. What was evaluated before a worker was lost is left out.
  text: `
WITH given AS MATERIALIZED (
  SELECT t.*, string_to_array(t.keys, ' ') AS "triggerKeys"
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::boolean[]) WITH ORDINALITY AS t("eventId", "workspaceId", blueprint, keys, rule, again, nth)
)
SELECT g.nth::int, m."automationId", m.name, m."liveId" AS "versionId", m."instanceId", m.suspended
FROM given g CROSS JOIN LATERAL (
  SELECT ${columns}, NULL::uuid AS "instanceId", NOT r.enabled OR (${paused}) AS suspended
  FROM "Rule" r WHERE r."workspaceId" = g."workspaceId" AND r."appId" IS NULL AND ${about}
  UNION ALL
  SELECT ${columns}, i.id, NOT r.enabled OR i.suspended OR NOT i.enabled OR app.disabled OR (${paused})
  FROM "AppInstance" i JOIN "App" app ON app.id = i."appId"
  JOIN "Workspace" home ON home.id = app."workspaceId" JOIN "Workspace" w ON w.id = i."workspaceId" AND w."organizationId" = home."organizationId"
  JOIN "Rule" r ON r."workspaceId" = home.id AND r."appId" = i."appId"
  WHERE i."workspaceId" = g."workspaceId" AND ${about}
) m
WHERE NOT (g.again AND EXISTS (SELECT 1 FROM "Evaluation" done WHERE done."eventId" = g."eventId" AND done."automationId" = m."automationId"))
ORDER BY g.nth, m.position, m.number`,
};

/** The rules that each of the events concerns, in the order in which they are evaluated. */
export async function matchRules(sql: Sql, events: readonly ClaimedEvent[]): Promise<ReadonlyMap<string, readonly MatchedRule[]>> {
  const rows = await sql.query<MatchedRow>(match, [
    events.map(({ id }) => id),
    events.map(({ workspaceId }) => workspaceId),
    events.map(({ blueprint }) => blueprint),
    events.map((event) => triggerKeysOf(event).join(' ')),
    events.map((event) => dueRule(event)),
    // At the first lease nothing can have been evaluated.
    events.map(({ epoch }) => epoch > 1),
  ]);
  const found = new Map<string, MatchedRule[]>(events.map(({ id }) => [id, []]));
  for (const row of rows) found.get(events[row.nth - 1]?.id ?? '')?.push(row);
  return found;
}

/** Of the graph's ids of rules. */
export const rulePrefix = 'rul_';

/** The rule that an event makes due; null: it makes none due. */
export function dueRule({ type, data }: Pick<ClaimedEvent, 'type' | 'data'>): string | null {
  const { rule } = data;
  return type === dueType && typeof rule === 'string' && rule.startsWith(rulePrefix) ? rule.slice(rulePrefix.length) : null;
}
