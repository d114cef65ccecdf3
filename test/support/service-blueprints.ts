import type { App } from '#app';
import { newId } from '#platform/ids';
import { serviceBlueprints } from '#domain/record/blueprint.catalogue';
import type { Viewer } from '#domain/tenant/viewer';

export async function seedServiceBlueprints(app: App, _viewer: Viewer, workspaceId: string): Promise<void> {
  for (const {
    statuses = [],
    links = [],
    aliases = [],
    indexed = [],
    schema,
    key,
    name,
    displayField,
    release,
    template,
  } of serviceBlueprints as any[])
    await app.db.prisma.blueprint.create({
      data: {
        id: newId(),
        workspaceId,
        key,
        name,
        aliases,
        indexed,
        schema,
        statuses: statuses.map((s: any) => ({ final: false, derived: false, ...s })),
        links: links.map((l: any) => ({ aliases: [], ...l })),
        ...(displayField ? { displayField } : {}),
        ...(release ? { release } : {}),
        ...(template ? { template } : {}),
      },
    });
}
