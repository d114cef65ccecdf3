import type { Example } from './example.js';

/** How it goes, and how it is held back. */
export const operations: readonly Example[] = [
  {
    query: `# Hold an action back: what is triggered waits. For a whole workspace: "workspace"; for calls of one server: "host".
mutation Pause($automation: ID!) {
  pause(input: { automation: $automation, reason: "Looking into it" }) {
    __typename
    ... on PauseSuccess { pause { id kind reason heldRuns } }
    ... on Error { message code }
  }
}
`,
    variables: `{ "automation": "act_..." }`,
  },
  {
    query: `# Let it go on: what waited is executed, in its order.
mutation Resume($automation: ID!) {
  resume(input: { automation: $automation }) {
    __typename
    ... on ResumeSuccess { pause { id heldRuns } }
    ... on Error { message code }
  }
}
`,
    variables: `{ "automation": "act_..." }`,
  },
  {
    query: `# How many runs would be cancelled? Without "dryRun", and with the count that you saw as "expectedCount", they are.
mutation CancelRuns {
  cancelRuns(input: { filter: { automationKey: "greet", status: [QUEUED, WAITING] }, dryRun: true }) {
    __typename
    ... on CancelRunsSuccess { count operation { id status progress } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Counts and times for a chart.
query RunStats($from: DateTime!, $until: DateTime!) {
  runStats(from: $from, until: $until, interval: HOUR, groupBy: [STATUS]) {
    total { count succeeded failed durationP50 durationP95 queueTimeP95 }
    buckets { from total { count } groups { status figures { count } } }
  }
}
`,
    variables: `{ "from": "2026-11-26T00:00:00Z", "until": "2026-11-27T00:00:00Z" }`,
  },
  {
    query: `# A picture of a run, as an SVG document.
query Timeline($id: ID!) {
  run(id: $id) { status timelineSvg }
}
`,
    variables: `{ "id": "run_..." }`,
  },
  {
    query: `# Try code without a trace: what was last saved is run once, nothing is stored.
mutation TestAction {
  testAction(input: { key: "greet", payload: { name: "world" } }) {
    __typename
    ... on TestActionSuccess { output duration logs { level message } error { code message line column } }
    ... on Error { message code }
  }
}
`,
  },
];
