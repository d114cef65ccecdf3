import type { Sql, Statement } from '#platform/db/database';
import { NotFoundError } from '#domain/errors';
import type { BlueprintSpec } from './blueprint.spec.js';
import { uuidOf } from './entity.view.service.js';

interface Named {
  readonly id: string;
  readonly name: string;
}

const byName: Statement = {
  name: 'entity.named',
  text: `
SELECT e.id, t.name FROM unnest($2::text[], $3::uuid[]) AS t(name, id) JOIN "Entity" e ON e."blueprintId" = $1::uuid AND e.key = t.name
UNION ALL
SELECT e.id, t.name FROM unnest($2::text[], $3::uuid[]) AS t(name, id) JOIN "Entity" e ON e.id = t.id AND e."blueprintId" = $1::uuid`,
};

/** The records of a blueprint that are named by their key, or by their id of the graph. */
export function findEntityIds(sql: Sql, blueprintId: string, names: readonly string[]): Promise<readonly Named[]> {
  return names.length === 0 ? Promise.resolve([]) : sql.query<Named>(byName, [blueprintId, names, names.map(uuidOf)]);
}

const anywhere: Statement = {
  name: 'entity.named-anywhere',
  text: `
SELECT e.id FROM "Blueprint" b JOIN "Entity" e ON e."blueprintId" = b.id AND e.key = $2 WHERE b."workspaceId" = $1::uuid
UNION SELECT e.id FROM "Entity" e WHERE e.id = $3::uuid AND e."workspaceId" = $1::uuid LIMIT 2`,
};

/** The one record of a workspace that has this key, or id of the graph. Throws NotFoundError when there is none, or there are several. */
export async function findAnywhere(sql: Sql, workspaceId: string, name: string): Promise<string> {
  const [found, other] = await sql.query<{ id: string }>(anywhere, [workspaceId, name, uuidOf(name)]);
  if (found === undefined) throw new NotFoundError(`There is no record ${name}.`);
  if (other !== undefined) throw new NotFoundError(`Several records have the key ${name}: name one by its id.`);
  return found.id;
}

const linkedByName: Statement = {
  name: 'entity.linked-named',
  text: `
SELECT e.id, t.name, t.blueprint FROM unnest($2::text[], $3::text[], $4::uuid[]) AS t(blueprint, name, id)
JOIN "Blueprint" b ON b."workspaceId" = $1::uuid AND b.key = t.blueprint
JOIN "Entity" e ON e."blueprintId" = b.id AND (e.key = t.name OR e.id = t.id)`,
};

/** The ids of what links are to lead to. Throws NotFoundError for a name that no record of the link's blueprint has. */
export async function findLinked(
  sql: Sql,
  spec: BlueprintSpec,
  links: readonly { readonly name: string; readonly to: readonly string[] }[],
): Promise<Record<string, string[]>> {
  const blueprintOf = (link: string): string | undefined =>
    spec.links.find(({ name, aliases }) => name === link || aliases.includes(link))?.blueprint;
  const wanted = links.flatMap(({ name, to }) => {
    const blueprint = blueprintOf(name);
    if (blueprint === undefined) throw new NotFoundError(`Records of ${spec.key} have no link ${name}.`);
    return to.map((one) => ({ blueprint, name: one }));
  });
  const found =
    wanted.length === 0
      ? []
      : await sql.query<Named & { readonly blueprint: string }>(linkedByName, [
          spec.workspaceId,
          wanted.map(({ blueprint }) => blueprint),
          wanted.map(({ name }) => name),
          wanted.map(({ name }) => uuidOf(name)),
        ]);
  const ids = new Map(found.map(({ blueprint, name, id }) => [`${blueprint} ${name}`, id]));
  return Object.fromEntries(
    links.map(({ name, to }) => [
      name,
      to.map((one) => {
        const id = ids.get(`${blueprintOf(name) ?? ''} ${one}`);
        if (id === undefined) throw new NotFoundError(`There is no record "${one}" for the link ${name}.`);
        return id;
      }),
    ]),
  );
}
