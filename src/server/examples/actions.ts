import type { Example } from './example.js';

/** Actions that call others, and actions of code. */
export const actions: readonly Example[] = [
  {
    query: `# Call another server every morning, with a payload that is made anew for each run. It needs an endpoint with this key.
mutation CreateScheduledCall {
  createAction(
    input: {
      key: "daily-orders"
      name: "Daily orders"
      endpoint: "orders"
      payload: { day: "{{ date }}", since: "{{ last_run.finishedAt or now }}" }
      retry: { maxRetries: 3, delay: "PT10S", on: [429, 503] }
      schedule: { cron: "0 7 * * *", timeZone: "Europe/Paris" }
    }
  ) {
    __typename
    ... on CreateActionSuccess { action { id nextRunAt } }
    ... on InvalidInputError { fields { path code message line column } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# How it goes: when it runs next, how it went last, and what was sent.
query ActionDetail {
  action(key: "daily-orders") {
    enabled
    nextRunAt
    isRunning
    lastRunStatus
    counters { total succeeded failed }
    runs(first: 5, filter: { status: [FAILED, SUCCEEDED] }) {
      edges { node { id status duration resolvedPayload resolvedThread error { code message } } }
    }
  }
}
`,
  },
  {
    query: `# TypeScript with a package. A worker builds it, which "status" and "errors" tell of; once it is BUILT it is live.
mutation CreateCodeAction {
  createAction(
    input: {
      key: "slug"
      name: "Slug"
      language: TYPESCRIPT
      dependencies: [{ name: "slugify", version: "^1.6.0" }]
      code: """
      import slugify from 'slugify';

      export default async (input: { title: string }) => {
        console.log('a slug of', input.title);
        return { slug: slugify(input.title, { lower: true }) };
      };
      """
    }
  ) {
    __typename
    ... on CreateActionSuccess { action { id status errors { id message line column } } }
    ... on InvalidInputError { fields { path code message line column } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Try out what was last saved, without making a run of it.
mutation TestAction {
  testAction(input: { key: "slug", payload: { title: "Hello World" } }) {
    __typename
    ... on TestActionSuccess { output duration logs { level message } error { code message line column } }
    ... on Error { message code }
  }
}
`,
  },
];
