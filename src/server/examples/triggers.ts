import type { Example } from './example.js';

/** What runs actions: other programs, trigger points, schedules. */
export const triggers: readonly Example[] = [
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
];
