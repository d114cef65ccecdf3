import type { Prisma } from '#platform/db/generated/prisma/client';
import type { Work } from '#domain/work';
import { newId } from '#platform/ids';

export interface AuditedChange {
  /** Of the entry, for who wants to find it again; one of its own when absent. */
  readonly id?: string;
  readonly workspaceId: string;
  /** The operation in the words of the graph: `createAction`. */
  readonly operation: string;
  /** The type in the words of the graph: `Action`. */
  readonly subjectType: string;
  readonly subjectId: string;
  /** What changed, for a person to read. Never a secret, nor anything a secret could be computed from. */
  readonly change?: Prisma.InputJsonObject;
}

/** Records who did it, in the transaction of what was done. */
export async function audit(work: Work, entry: AuditedChange): Promise<void> {
  await work.tx.auditEntry.create({ data: rowOf(work, entry) });
}

/** The same of many changes. */
export async function auditAll(work: Work, entries: readonly AuditedChange[]): Promise<void> {
  await work.tx.auditEntry.createMany({ data: entries.map((entry) => rowOf(work, entry)) });
}

function rowOf({ viewer: { actor }, now }: Work, { id, workspaceId, operation, subjectType, subjectId, change }: AuditedChange) {
  return {
    id: id ?? newId(),
    workspaceId,
    at: now,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    operation,
    subjectType,
    subjectId,
    ...(change === undefined ? {} : { change }),
  };
}

/** The fields that differ, as `{ name: { from, to } }`: the usual `change` of an update. */
export function differences<Before extends Readonly<Record<string, Prisma.InputJsonValue | null>>>(
  before: Before,
  after: Partial<Record<keyof Before, Prisma.InputJsonValue | null | undefined>>,
): Prisma.InputJsonObject {
  return Object.fromEntries(
    Object.keys(after).flatMap((field) => {
      const [from, to] = [before[field] ?? null, after[field]];
      return to === undefined || to === from ? [] : [[field, { from, to }]];
    }),
  );
}
