import type { Example } from './example.js';

/** Records, in an order in which each finds what those before it made. */
export const records: readonly Example[] = [
  {
    query: `# Keep records here: the types of a service desk come along. Types of your own: "createBlueprint".
mutation SeedBlueprints {
  seedBlueprints(input: { set: SERVICE }) {
    __typename
    ... on SeedBlueprintsSuccess { blueprints { key name statuses { name } links { name blueprint } } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Make a record, or change it: by its key in the system that it comes from.
mutation UpsertEntity {
  ann: upsertEntity(input: { blueprint: "person", key: "ann", properties: { name: "Ann", primary_email: "ann@example.com" } }) {
    __typename
    ... on UpsertEntitySuccess { entity { id number name } }
    ... on InvalidInputError { fields { path code message } }
    ... on Error { message code }
  }
  laptop: upsertEntity(
    input: {
      blueprint: "request"
      key: "laptop"
      status: "assigned"
      properties: { subject: "A laptop for Ann", impact: "low", custom_fields: { site: "Chicago" } }
      links: [{ link: "requested_for", to: [{ key: "ann" }] }]
    }
  ) {
    __typename
    ... on UpsertEntitySuccess { entity { id number name status } }
    ... on InvalidInputError { fields { path code message } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Find records by what they hold and where they lead; with cursors, as in every list.
query Entities {
  entities(blueprint: "request", filter: { search: "laptop", statusBefore: "completed" }, first: 20) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id number name status properties requested: link(name: "requested_for", first: 1) { edges { node { name } } } } }
  }
}
`,
  },
  {
    query: `# Follow what happens to them. Leave it open, and change a record in another window. With the last cursor in "after" it goes on without a gap.
subscription EntityEvents($after: Cursor) {
  entityEvents(filter: { blueprints: ["request"] }, after: $after) { cursor type time subjectId sequence changed data previous }
}
`,
  },
];
