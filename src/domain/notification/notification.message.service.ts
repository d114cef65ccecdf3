import type { Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import { NotFoundError } from '#domain/errors';
import type { PlainWork } from '#domain/work';
import { globalId, type MessagePayload } from './notification.payload.js';

/** What a flow tells, and whom. */
export interface Message {
  readonly workspaceId: string;
  readonly runId: string;
  /** Key of a notification group; absent: none. */
  readonly group?: string;
  readonly emails: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** For webhooks, beside the text. */
  readonly data: MessagePayload['data']['data'];
}

const insert: Statement = {
  name: 'notify.message',
  text: `
WITH recipient AS (
  SELECT r.id, r.kind, r.address FROM "NotificationGroup" g JOIN "Recipient" r ON r."groupId" = g.id
  WHERE g."workspaceId" = $1::uuid AND g.key = $3 AND g.enabled AND r.enabled
  UNION ALL SELECT NULL, 'EMAIL', address FROM unnest($4::text[]) AS given(address)
), numbered AS (SELECT *, row_number() OVER () AS nth FROM recipient)
INSERT INTO "Delivery" (id, "workspaceId", "recipientId", kind, address, "runId", payload, "nextAttemptAt", "createdAt")
SELECT ($6::uuid[])[nth], $1::uuid, id, kind, address, $2::uuid, $5::jsonb, clock_timestamp(), clock_timestamp() FROM numbered WHERE nth <= cardinality($6::uuid[])
RETURNING id`,
};

const find: Statement = { name: 'notify.group', text: `SELECT id FROM "NotificationGroup" WHERE "workspaceId" = $1::uuid AND key = $2` };

/** Most deliveries of one message. */
const mostDeliveries = 500;

/** Sends a message once the work is committed; answers how many deliveries there are. Throws NotFoundError when there is no such group. */
export async function sendMessage(work: PlainWork, message: Message): Promise<number> {
  const { workspaceId, runId, group, emails, subject, text, data } = message;
  if (group !== undefined && (await work.sql.query(find, [workspaceId, group])).length === 0)
    throw new NotFoundError(`There is no notification group ${group}.`);
  const payload: MessagePayload = {
    type: 'flow.message',
    timestamp: work.now.toISOString(),
    // What chats show of a request.
    text: text === '' ? subject : `${subject}\n${text}`,
    data: { subject, text, data, run: { id: globalId.run(runId) } },
  };
  const ids = Array.from({ length: mostDeliveries }, () => newId());
  const rows = await work.sql.query(insert, [workspaceId, runId, group ?? null, [...new Set(emails)], JSON.stringify(payload), ids]);
  return rows.length;
}
