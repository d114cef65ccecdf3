import type { Example } from './example.js';

/** An action, and what becomes of its runs. */
export const runs: readonly Example[] = [
  {
    query: `# Make an action out of a piece of code.
mutation CreateAction {
  createAction(input: { key: "greet", name: "Greet", code: "export default async (input) => ({ greeting: 'Hello ' + input.name })" }) {
    __typename
    ... on CreateActionSuccess { action { id key } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Run it. The run is committed before the answer.
mutation TriggerAction {
  triggerAction(input: { key: "greet", payload: { name: "world" } }) {
    __typename
    ... on TriggerActionSuccess { run { id status } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Watch one run: its state now and at each change, until it is final.
subscription RunUpdated($id: ID!) {
  runUpdated(id: $id) { id status output error { code message } }
}
`,
    variables: `{ "id": "run_..." }`,
  },
  {
    query: `# Watch all of its runs; trigger it from another window, for leaving this tab ends it. It shows the last event.
# With the last cursor in "after", a later subscription goes on without a gap.
subscription RunEvents($after: Cursor) {
  runEvents(filter: { automationKey: "greet" }, after: $after) { cursor sequence type at status run { id } }
}
`,
  },
  {
    query: `# Look back.
query Runs {
  runs(first: 20, filter: { status: [SUCCEEDED], automationKey: "greet" }, orderBy: [{ field: QUEUED_AT, direction: DESC }]) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { id status duration steps { name status attempts { number error { message } } } } }
  }
}
`,
  },
  {
    query: `# Up to 100 runs at once, each with its own result.
mutation TriggerActions {
  triggerActions(input: { items: [{ key: "greet", payload: { name: "a" } }, { key: "greet", payload: { name: "b" } }] }) {
    __typename
    ... on TriggerActionsSuccess {
      results {
        __typename
        ... on TriggerActionSuccess { run { id } }
        ... on Error { message code }
      }
    }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Cancel a run that is not final yet.
mutation CancelRun($id: ID!) {
  cancelRun(input: { id: $id }) {
    __typename
    ... on CancelRunSuccess { run { id status } }
    ... on Error { message code }
  }
}
`,
    variables: `{ "id": "run_..." }`,
  },
];
