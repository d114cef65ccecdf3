import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { fromClient } from '#domain/event/event.emit.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { type EntityChange, changeEntity, makeEntity } from '#domain/record/entity.write.service';
import type { Viewer } from '#domain/tenant/viewer';

export interface Records {
  /** A record of the blueprint `thing`. Answers its UUID. */
  make(change?: EntityChange): Promise<string>;
  change(id: string, change: EntityChange): Promise<void>;
}

/** Records of a workspace, below the graph: a blueprint `thing` with `name`, `text` and `count`, made when it is not there. */
export async function seedRecords(platform: Platform, workspaceId: string): Promise<Records> {
  const viewer: Viewer = {
    actor: { kind: 'SYSTEM', id: null, name: 'test' },
    tokenId: null,
    roles: new Map([[workspaceId, 'OWNER' as const]]),
    expiresAt: null,
  };
  await platform.db.prisma.blueprint.upsert({
    where: { workspaceId_key: { workspaceId, key: 'thing' } },
    create: {
      id: newId(),
      workspaceId,
      key: 'thing',
      name: 'Thing',
      aliases: [],
      indexed: ['count'],
      schema: { type: 'object', properties: { name: { type: 'string' }, text: { type: 'string' }, count: { type: 'integer' } } },
    },
    update: {},
  });
  return {
    make: (change = {}) =>
      transact(platform, viewer, async (work) => {
        const spec = (await loadBlueprints(work.sql, workspaceId)).byKey.get('thing');
        if (spec === undefined) throw new Error('There is no blueprint.');
        return (await makeEntity(work, spec, change, fromClient)).id;
      }),
    change: async (id, change) => void (await transact(platform, viewer, (work) => changeEntity(work, id, change, fromClient))),
  };
}
