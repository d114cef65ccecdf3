import type { Example } from './example.js';

/** Who hears of runs. */
export const notifications: readonly Example[] = [
  {
    query: `# Be told when runs fail: a group chooses the events ...
mutation CreateNotificationGroup {
  createNotificationGroup(input: { key: "alarm", name: "Alarm", events: [RUN_FAILED, RUN_TIMED_OUT, RUN_DEAD] }) {
    __typename
    ... on CreateNotificationGroupSuccess { group { id key } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# ... and its recipients hear of them: "webhook" with signed requests, or "email". The secret is shown this once.
mutation AddRecipient($group: ID!) {
  addRecipient(input: { group: $group, webhook: "https://example.com/millrace" }) {
    __typename
    ... on AddRecipientSuccess { secret recipient { id } }
    ... on InvalidInputError { fields { path message code } }
    ... on Error { message code }
  }
}
`,
    variables: `{ "group": "ng_..." }`,
  },
  {
    query: `# What was sent, and what became of it.
query Deliveries {
  deliveries(first: 20, filter: { status: [FAILED, PENDING] }) {
    edges { node { id type status error nextAttemptAt address run { id } attempts { number at statusCode error duration } } }
  }
}
`,
  },
];
