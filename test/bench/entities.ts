import { type Figure, figure, percentile } from './figure.js';
import { now } from './pace.js';
import type { Stand } from './stand.js';
import { openWire, operation } from './wire.js';

const chunk = 50_000;

const define = `mutation { createBlueprint(input: { key: "item", name: "Item", indexed: ["price", "color"], schema: { type: "object",
  properties: { name: { type: "string" }, price: { type: "number" }, color: { type: "string" } } } }) { __typename ... on Error { message } } }`;
const fields = 'pageInfo { hasNextPage endCursor } edges { cursor node { id number name } }';
const lists: Readonly<Record<string, string>> = {
  'by a property': 'orderBy: [{ property: "price", direction: DESC }]',
  'by a property, of one value of another':
    'orderBy: [{ property: "price", direction: ASC }], filter: { properties: [{ name: "color", eq: "color 7" }] }',
  'by two properties, of which the first has 20 values':
    'orderBy: [{ property: "color", direction: ASC }, { property: "price", direction: DESC }]',
  'by name': 'orderBy: [{ field: NAME, direction: ASC }]',
  'by the last change': 'orderBy: [{ field: UPDATED_AT, direction: DESC }]',
  'a range of a property':
    'orderBy: [{ property: "price", direction: ASC }], filter: { properties: [{ name: "price", gte: 500, lt: 510 }] }',
  'by a property, of a label that 2 % have': 'orderBy: [{ property: "price", direction: ASC }], filter: { labels: { all: ["rare"] } }',
  'by name, of a range of a property that 0.5 % have':
    'orderBy: [{ field: NAME, direction: ASC }], filter: { properties: [{ name: "price", gte: 500, lt: 505 }] }',
  'by a property, with a word that 1 % have': 'orderBy: [{ property: "price", direction: DESC }], filter: { search: "word42" }',
  'by the last change, of a range that 1 % have':
    'orderBy: [{ field: UPDATED_AT, direction: DESC }], filter: { properties: [{ name: "price", gte: 990 }] }',
};

/** Pages of 50 of very many records, by what their blueprint has indexed and by what every record has. */
export async function measureEntities(stand: Stand): Promise<Figure[]> {
  const wire = openWire(stand.url, 1);
  const token = await ownerToken(stand);
  const total = stand.quick ? 100_000 : 1_000_000;
  try {
    const made = await wire.post(token, operation(define));
    if (!made.includes('Success')) throw new Error(made.slice(0, 500));
    await fill(stand, total);
    const figures: Figure[] = [];
    for (const [name, list] of Object.entries(lists)) {
      const rounds: number[] = [];
      const samples: number[] = [];
      for (let round = 0; round < (stand.quick ? 2 : 4); round += 1) {
        const took: number[] = [];
        let after = '';
        for (let n = 0; n < 50; n += 1) {
          const from = after === '' ? '' : `after: "${after}", `;
          const begun = now();
          const answer = await wire.post(token, operation(`{ entities(blueprint: "item", first: 50, ${from}${list}) { ${fields} } }`));
          took.push(now() - begun);
          const nodes = answer.split('"node"').length - 1;
          const more = answer.includes('"hasNextPage":true');
          if (more ? nodes !== 50 : nodes === 0) throw new Error(`${name}: ${answer.slice(0, 500)}`);
          // Of a quick round's records a filter may leave few: then it begins again.
          after = more ? (/"endCursor":"([^"]+)"/.exec(answer)?.[1] ?? '') : '';
        }
        if (round === 0) continue;
        samples.push(...took);
        rounds.push(percentile(took, 0.99));
      }
      const about = `pages of 50 of ${total} records, ${name}, one after the other; p99`;
      figures.push(
        figure({ name: `entities ${name}`, about, unit: 'ms', rounds, overall: percentile(samples, 0.99), target: { atMost: 50 } }),
      );
    }
    return figures;
  } finally {
    wire.close();
  }
}

/** As the bench's services have it: one who may make blueprints. */
async function ownerToken(stand: Stand): Promise<string> {
  await stand.pool.query(`UPDATE "ApiToken" SET role = 'EDITOR' WHERE "workspaceId" = $1 AND role = 'OPERATOR'`, [
    stand.seeded.workspaceId,
  ]);
  return stand.seeded.tokens[0];
}

async function fill({ pool, say, seeded }: Stand, total: number): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM "Blueprint" WHERE key = 'item' AND "workspaceId" = $1`, [
    seeded.workspaceId,
  ]);
  const blueprint = rows[0]?.id;
  for (let from = 0; from < total; from += chunk) {
    await pool.query(
      `WITH made AS (
        INSERT INTO "Entity" (id, "workspaceId", "blueprintId", name, properties, labels, "searchText", "createdAt", "updatedAt")
        SELECT gen_random_uuid(), $1, $2, 'Item ' || n, jsonb_build_object('name', 'Item ' || n, 'price', n % 100003 / 100.0, 'color', 'color ' || n % 20),
          CASE n % 50 WHEN 7 THEN '{rare}'::text[] ELSE '{}' END, 'item ' || n || ' word' || n % 97,
          now() + n * interval '1 millisecond', now() + (n::bigint * 7919 % 1000003) * interval '1 millisecond'
        FROM generate_series($3::int, $4::int) AS n RETURNING id, properties
      )
      INSERT INTO "EntityValue" ("entityId", "blueprintId", property, text, number)
      SELECT id, $2::uuid, 'price', NULL, (properties->>'price')::float8 FROM made UNION ALL SELECT id, $2::uuid, 'color', properties->>'color', NULL FROM made`,
      [seeded.workspaceId, blueprint, from, from + chunk - 1],
    );
    say(`records: ${from + chunk} of ${total}`);
  }
  // As a server that is left alone does by itself soon: without it, what an index alone could answer is looked up in the table.
  await pool.query('VACUUM ANALYZE "Entity", "EntityValue"');
}
