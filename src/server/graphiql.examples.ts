/** A tab of GraphiQL. */
export interface Example {
  readonly query: string;
  /** JSON text. */
  readonly variables?: string;
}

/** The tabs that a first visit opens: the first ten minutes, in order. A test runs each against the schema. */
export const examples: readonly Example[] = [
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
  {
    query: `# Let another program run it: an address of its own, and a secret to sign requests with, which is shown this once.
mutation CreateWebhook {
  createWebhook(input: { automationKey: "greet", name: "From the shop", verification: STANDARD_WEBHOOKS }) {
    __typename
    ... on CreateWebhookSuccess { secret webhook { id url } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# What was sent to it, and what became of it.
query WebhookRequests($id: ID!) {
  webhook(id: $id) {
    url
    requests(first: 10) { edges { node { receivedAt status reason messageId body run { id status } } } }
  }
}
`,
    variables: `{ "id": "wh_..." }`,
  },
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
    query: `# Fire a trigger point and wait for what its actions decide. Nothing is bound to it yet: that is a yes.
mutation FireTriggerPoint {
  fireTriggerPoint(input: { triggerPoint: "post-login", event: { user: { email: "a@example.com" } }, wait: true }) {
    __typename
    ... on FireTriggerPointSuccess {
      timedOut
      decision { kind action reason url }
      commands { action command arguments }
      run { id status steps { name status version { number } } }
    }
    ... on InvalidInputError { fields { path message code } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# When would it fire? By the clocks of a time zone, with what daylight saving does to it.
query PreviewSchedule {
  previewSchedule(cron: "30 2 * * *", timeZone: "Europe/Paris", startAt: "2027-03-27T00:00:00Z", count: 3) {
    fires { nominalAt local note }
  }
}
`,
  },
  {
    query: `# Run an action every working day at nine, spread over five minutes.
mutation CreateSchedule($automation: ID!) {
  createSchedule(input: { automation: $automation, cron: "0 9 * * MON-FRI", timeZone: "Europe/Paris", jitter: "PT5M" }) {
    __typename
    ... on CreateScheduleSuccess { schedule { id nextFireAt } }
    ... on Error { message code }
    ... on InvalidInputError { fields { path message code } }
  }
}
`,
    variables: `{ "automation": "act_..." }`,
  },
  {
    query: `# Keep a secret, and make a system and an endpoint whose calls carry it. The secret is never shown again.
mutation ConnectSystem {
  setSecret(input: { name: "CRM_TOKEN", value: "not-a-real-token" }) {
    __typename
    ... on SetSecretSuccess { secret { name updatedAt } }
    ... on Error { message code }
  }
  upsertSystem(input: {
    key: "crm", name: "CRM", baseUrl: "https://crm.example.com/api"
    headers: [{ name: "Authorization", value: "Bearer {{ secrets.CRM_TOKEN }}" }]
  }) {
    __typename
    ... on UpsertSystemSuccess { system { id key } }
    ... on Error { message code }
  }
  upsertEndpoint(input: {
    key: "crm-note", name: "Add a note", system: "crm", method: POST, url: "/contacts/{{ payload.contact }}/notes"
    body: { text: "{{ payload.text }}" }, expectedStatus: [201], output: { id: "{{ body.id }}" }
  }) {
    __typename
    ... on UpsertEndpointSuccess { endpoint { id key system { key } } }
    ... on Error { message code }
    ... on InvalidInputError { fields { path message line column } }
  }
}
`,
  },
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
