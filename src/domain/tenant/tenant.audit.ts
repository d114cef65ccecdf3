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
  const { actor } = work.viewer;
  await work.tx.auditEntry.create({
    data: {
      id: entry.id ?? newId(),
      workspaceId: entry.workspaceId,
      at: work.now,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      operation: entry.operation,
      subjectType: entry.subjectType,
      subjectId: entry.subjectId,
      ...(entry.change === undefined ? {} : { change: entry.change }),
    },
  });
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
