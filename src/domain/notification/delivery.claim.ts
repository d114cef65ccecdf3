import type { DeliveryStatus, RecipientKind, RecipientFormat } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import { disabledFailure, webhookOffFailure } from './delivery.retry.js';
import type { Payload } from './notification.payload.js';

/** A delivery that this process sends now. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly workspaceId: string;
  readonly recipientId: string | null;
  readonly kind: RecipientKind;
  readonly address: string;
  /** What its webhook gets. */
  readonly format: RecipientFormat;
  /** Whose secret signs it, where it is for no recipient; null: nobody's. */
  readonly signerId: string | null;
  /** Text: the body of a call by a rule, as it is. */
  readonly payload: Payload | string;
  /** Attempts since it was made or re-driven, this one included. */
  readonly tries: number;
  /** When the recipient's secret was last replaced. */
  readonly rotatedAt: Date | null;
  readonly createdAt: Date;
  /** Whether anything is sent to the recipient, or to the webhook of the app; what is for neither is always sent. */
  readonly enabled: boolean;
  /** The database's clock at the claim. */
  readonly now: Date;
}

/** Of the due deliveries, so many are looked at for one claim: of them some are taken from every recipient. */
const looked = 500;

const claim: Statement = {
  name: 'delivery.claim',
  // The recipient's present address counts, so that a mistake in it can be mended while deliveries wait. What is for no recipient, as the
  // calls of rules, shares the places of its workspace.
  text: `
WITH held AS (SELECT id, count(*) AS places FROM unnest($1::uuid[]) AS h(id) GROUP BY id
), first AS (
  SELECT d.id, coalesce(d."recipientId", d."workspaceId") AS whose, CASE WHEN d."recipientId" IS NULL THEN $5::int ELSE $2::int END AS most, d."nextAttemptAt" FROM "Delivery" d
  WHERE d.status = 'PENDING' AND d."nextAttemptAt" <= now()
    AND NOT EXISTS (SELECT FROM held WHERE held.id = coalesce(d."recipientId", d."workspaceId") AND held.places >= CASE WHEN d."recipientId" IS NULL THEN $5::int ELSE $2::int END)
  ORDER BY d."nextAttemptAt" LIMIT ${looked}
), turn AS (
  SELECT id, most, "nextAttemptAt", row_number() OVER (PARTITION BY whose ORDER BY "nextAttemptAt", id)
    + coalesce((SELECT places FROM held WHERE held.id = first.whose), 0) AS nth
  FROM first
), due AS (
  SELECT d.id, d."recipientId", d."signerId", d.address FROM "Delivery" d JOIN turn ON turn.id = d.id
  WHERE turn.nth <= turn.most AND d.status = 'PENDING' AND d."nextAttemptAt" <= now()
  ORDER BY turn."nextAttemptAt" LIMIT $3 FOR UPDATE OF d SKIP LOCKED
)
UPDATE "Delivery" d SET "nextAttemptAt" = clock_timestamp() + $4 * interval '1 millisecond', tries = d.tries + 1, address = coalesce(r.address, d.address)
FROM due LEFT JOIN "Recipient" r ON r.id = due."recipientId" LEFT JOIN "App" a ON a.id = due."signerId" AND a."webhookUrl" = due.address
WHERE d.id = due.id
RETURNING d.id, d."workspaceId", d."recipientId", d.kind, d.address, coalesce(r.format, 'STANDARD') AS format, d."signerId", d.payload, d.tries, r."rotatedAt", d."createdAt", coalesce(r.enabled, true) AND a."webhookDisabledAt" IS NULL AS enabled, clock_timestamp() AS now`,
};

export interface ClaimOptions {
  /**
   * The recipients to which this process sends now, each as often as it does, or the workspace, of what is for none; one that is to get
   * nothing now as often as `mostPerRecipient`.
   */
  readonly held: readonly string[];
  readonly mostPerRecipient: number;
  /** The same for what is for no recipient: it goes to several addresses. */
  readonly mostPerWorkspace: number;
  readonly most: number;
  /** After so long without an outcome somebody else tries. */
  readonly leaseMs: number;
}

/** Takes due deliveries, some from every recipient, and of every workspace some that are for none. Any number of processes may call it: each gets others. */
export function claimDeliveries(
  sql: Sql,
  { held, mostPerRecipient, mostPerWorkspace, most, leaseMs }: ClaimOptions,
): Promise<ClaimedDelivery[]> {
  return sql.query<ClaimedDelivery>(claim, [held, mostPerRecipient, most, leaseMs, mostPerWorkspace]);
}

/** One attempt, as it is kept in `Delivery.attempts`. */
export interface AttemptWrite {
  readonly at: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  /** Null: it was delivered. */
  readonly error: string | null;
}

export interface Settled {
  readonly status: DeliveryStatus;
  /** For how long every delivery to the recipient has failed; null: it has none, or one succeeded. */
  readonly failingMs: number | null;
  /** How often, and for how long, every call of the app's webhook has failed; null: it is none, or it was taken. */
  readonly appFailing: { readonly failures: number; readonly ms: number } | null;
}

/** Attempts that are kept of one delivery, the latest ones: re-driving has no end. */
const mostAttempts = 50;

const settle: Statement = {
  name: 'delivery.settle',
  // A success counts whoever made it; of failures only those of the present claim. The recipient's row is written when it changes only:
  // it is the one row that all of its deliveries share.
  text: `
WITH settled AS (
  UPDATE "Delivery" d SET
    status = $3::"DeliveryStatus",
    failure = CASE WHEN $3 = 'FAILED' THEN $6 END,
    attempts = (CASE WHEN jsonb_array_length(d.attempts) >= ${mostAttempts} THEN d.attempts - 0 ELSE d.attempts END)
      || jsonb_build_array($4::jsonb || jsonb_build_object('number', coalesce((d.attempts->-1->>'number')::int, 0) + 1)),
    "nextAttemptAt" = CASE WHEN $3 = 'PENDING' THEN clock_timestamp() + $5::float8 * interval '1 millisecond' END,
    "finishedAt" = CASE WHEN $3 <> 'PENDING' THEN clock_timestamp() END
  WHERE d.id = $1::uuid AND d.status = 'PENDING' AND (d.tries = $2 OR $3 = 'SUCCEEDED')
  RETURNING d."recipientId", d."signerId", d.address, d.status, $6::text IS NULL AS taken
), called AS (
  UPDATE "App" a SET
    "webhookFailures" = CASE WHEN settled.taken THEN 0 ELSE a."webhookFailures" + 1 END,
    "webhookFailingSince" = CASE WHEN settled.taken THEN NULL ELSE coalesce(a."webhookFailingSince", clock_timestamp()) END
  FROM settled WHERE settled."recipientId" IS NULL AND a.id = settled."signerId" AND a."webhookUrl" = settled.address
    AND NOT (settled.taken AND a."webhookFailures" = 0)
  RETURNING a."webhookFailures" AS failures, (extract(epoch FROM clock_timestamp() - a."webhookFailingSince") * 1000)::float8 AS ms
), marked AS (
  UPDATE "Recipient" r SET "failingSince" = CASE WHEN settled.status = 'SUCCEEDED' THEN NULL ELSE clock_timestamp() END
  FROM settled WHERE r.id = settled."recipientId" AND (r."failingSince" IS NULL) = (settled.status <> 'SUCCEEDED')
)
SELECT settled.status, CASE WHEN settled.status <> 'SUCCEEDED' THEN (extract(epoch FROM clock_timestamp() - r."failingSince") * 1000)::float8 END AS "failingMs",
  (SELECT jsonb_build_object('failures', failures, 'ms', ms) FROM called WHERE failures > 0) AS "appFailing"
FROM settled LEFT JOIN "Recipient" r ON r.id = settled."recipientId"`,
};

/** Writes what came of an attempt. `nextMs`: when it is tried again, for PENDING. Answers null when the delivery is no longer this claim's. */
export async function settleDelivery(
  sql: Sql,
  delivery: Pick<ClaimedDelivery, 'id' | 'tries'>,
  status: DeliveryStatus,
  { at, durationMs, statusCode, error }: AttemptWrite,
  nextMs: number | null,
): Promise<Settled | null> {
  const attempt = {
    at: at.toISOString(),
    durationMs,
    ...(statusCode === null ? {} : { statusCode }),
    ...(error === null ? {} : { error }),
  };
  const [settled] = await sql.query<Settled>(settle, [delivery.id, delivery.tries, status, JSON.stringify(attempt), nextMs, error]);
  return settled ?? null;
}

const postpone: Statement = {
  name: 'delivery.postpone',
  text: `UPDATE "Delivery" SET tries = tries - 1, "nextAttemptAt" = clock_timestamp() + $3 * interval '1 millisecond' WHERE id = $1::uuid AND tries = $2 AND status = 'PENDING'`,
};

/** Gives a claimed delivery back as if it had not been taken. */
export async function postponeDelivery(sql: Sql, { id, tries }: Pick<ClaimedDelivery, 'id' | 'tries'>, ms: number): Promise<void> {
  await sql.query(postpone, [id, tries, ms]);
}

const giveUp: Statement = {
  name: 'delivery.give-up',
  // Its claim does not count: nothing was sent.
  text: `
UPDATE "Delivery" d SET status = 'FAILED', failure = coalesce((SELECT r."disabledReason" FROM "Recipient" r WHERE r.id = d."recipientId"), $3),
  tries = d.tries - 1, "nextAttemptAt" = NULL, "finishedAt" = clock_timestamp()
WHERE d.id = $1::uuid AND d.tries = $2 AND d.status = 'PENDING'`,
};

/** Ends a claimed delivery whose recipient, or webhook, was switched off, before it was sent. */
export async function giveUpDelivery(
  sql: Sql,
  { id, tries, recipientId }: Pick<ClaimedDelivery, 'id' | 'tries' | 'recipientId'>,
): Promise<void> {
  await sql.query(giveUp, [id, tries, recipientId === null ? webhookOffFailure : disabledFailure]);
}

const nextDue: Statement = {
  name: 'delivery.next',
  text: `SELECT ceil(extract(epoch FROM min("nextAttemptAt") - clock_timestamp()) * 1000)::float8 AS ms FROM "Delivery" WHERE status = 'PENDING'`,
};

/** Milliseconds until a delivery is due; null when none waits. */
export async function nextDeliveryMs(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ ms: number | null }>(nextDue, []);
  return row?.ms ?? null;
}

const pending: Statement = { name: 'delivery.pending', text: `SELECT count(*)::int AS total FROM "Delivery" WHERE status = 'PENDING'` };

export async function countPendingDeliveries(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ total: number }>(pending, []);
  return row?.total ?? 0;
}

const forget: Statement = {
  name: 'delivery.forget-secrets',
  // Recipients also go with their group's app, by the database's own cascade.
  text: `
DELETE FROM "Secret" s WHERE s.owner = 'RECIPIENT' AND (
  NOT EXISTS (SELECT FROM "Recipient" r WHERE r.id = s."ownerId")
  OR (s.name = 'previous' AND EXISTS (SELECT FROM "Recipient" r WHERE r.id = s."ownerId" AND r."rotatedAt" < now() - $1 * interval '1 millisecond')))
RETURNING 1 AS gone`,
};

/** Deletes secrets that sign no more: those before a rotation that is long over, and those of recipients that are gone. Answers how many. */
export async function forgetSigningSecrets(sql: Sql, rotationMs: number): Promise<number> {
  return (await sql.query(forget, [rotationMs])).length;
}
