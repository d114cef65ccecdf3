import type { Prisma } from '#platform/db/generated/prisma/client';
import { readableAutomations } from '#domain/automation/automation.policy';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Viewer } from '#domain/tenant/viewer';
import { type DocumentedFlow, exportDocument, type ImportedDocument } from './flow.document.js';
import { type JsonObject, specOf } from './flow.spec.js';

const select = {
  key: true,
  name: true,
  description: true,
  enabled: true,
  createdAt: true,
  updatedAt: true,
  flow: true,
  deployments: { where: { environment: { key: productionKey } }, select: { version: { select: { spec: true } } } },
} satisfies Prisma.AutomationSelect;

type Row = Prisma.AutomationGetPayload<{ select: typeof select }>;
type Reader = Pick<Prisma.TransactionClient, 'automation'>;

/** What a flow says now, as documents have it. */
export async function documentedFlow(reader: Reader, id: string): Promise<DocumentedFlow> {
  return documented(await reader.automation.findUniqueOrThrow({ where: { id }, select }));
}

function documented({ key, name, description, enabled, flow, deployments }: Row): DocumentedFlow {
  const [live] = deployments;
  if (flow === null || live === undefined) throw new Error('A flow has no version that is live.');
  const { icon, position, tags } = flow;
  return {
    key,
    name,
    description,
    enabled,
    icon,
    position,
    tags: tags as unknown as DocumentedFlow['tags'],
    spec: specOf(live.version.spec),
  };
}

/** The documents of those flows that the viewer may see, by their ids. */
export async function exportFlows(reader: Reader, viewer: Viewer, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  const rows = await reader.automation.findMany({
    where: { AND: [readableAutomations(viewer), { id: { in: [...ids] }, kind: 'FLOW', deletedAt: null }] },
    select: { id: true, ...select },
  });
  return new Map(
    rows.map((row) => [row.id, exportDocument(documented(row), (row.flow?.imported ?? null) as unknown as ImportedDocument | null)]),
  );
}
