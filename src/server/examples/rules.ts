import type { Example } from './example.js';

/** Rules, in an order in which each finds what those before it made. */
export const rules: readonly Example[] = [
  {
    query: `# When a note is added to a request whose impact is low, raise it. Each save of a rule is live at once; what is wrong with it is told by place.
mutation CreateRule {
  createRule(
    input: {
      key: "hurry"
      name: "Hurry"
      recordType: "Req"
      trigger: "on note added"
      expressions: { text: "said: notes[last].text\\nhurry: said contains 'hurry'" }
      condition: "hurry and impact = low"
      actions: { list: [{ name: "a1", value: "set impact = high" }, { name: "a2", value: "add note 'Raised for {{requested_for}}.'" }] }
    }
  ) {
    __typename
    ... on CreateRuleSuccess { rule { id number position expressionList { name value } } }
    ... on InvalidInputError { fields { path line column code message } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# Let it act.
mutation AddNote {
  addNote(input: { blueprint: "request", key: "laptop", text: "Please hurry." }) {
    __typename
    ... on AddNoteSuccess { note { id html entity { id } } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# What became of it: the record, its history, and the runs of rules that its events led to.
query EntityHistory {
  entity(blueprint: "request", key: "laptop") {
    id
    properties
    notes(last: 10) { edges { node { text actorName } } }
    events(first: 5) { edges { node { id type changed runs(first: 5) { edges { node { id status automation { key } output } } } } } }
    timers(first: 5) { edges { node { dueAt rule { name } } } }
  }
}
`,
  },
  {
    query: `# Why a rule did, or did not, act on an event.
query ExplainEvent($id: ID!) {
  explainEvent(id: $id) {
    automations(first: 20) { edges { node { automation { name } outcome reason message failed { text values { text value } } values { name value } } } }
  }
}
`,
    variables: `{ "id": "evt_..." }`,
  },
  {
    query: `# Try a rule that is not saved on a record: nothing is written.
mutation TestRule($entity: ID!) {
  testRule(
    input: {
      entity: $entity
      draft: { recordType: "Req", trigger: "on update", condition: "impact = high", actions: "a1: add note 'Seen at {{now}}'" }
    }
  ) {
    __typename
    ... on TestRuleSuccess { test { outcome values { name value } effects { label type detail } changes { before after notes } } }
    ... on InvalidInputError { fields { path line column code message } }
    ... on Error { message code }
  }
}
`,
    variables: `{ "entity": "ent_..." }`,
  },
  {
    query: `# What would a rule have done of what has happened?
subscription BacktestRule($from: DateTime!, $until: DateTime!, $rule: ID!) {
  backtestRule(input: { rule: $rule, from: $from, until: $until, limit: 1000 }) { done total matched notMet failed finished matches { at effects { label text } } }
}
`,
    variables: `{ "rule": "rul_...", "from": "2026-11-01T00:00:00Z", "until": "2100-01-01T00:00:00Z" }`,
  },
  {
    query: `# The rules for requests, in the order in which they act.
query Rules {
  rules(list: FOR_REQUESTS, orderBy: [{ field: POSITION }]) {
    edges { node { number key name position trigger condition enabled blueprint { key } counters { succeeded failed } } }
  }
}
`,
  },
  {
    query: `# All of them as a table, which "importRules" takes: CSV, TSV or JSON.
query ExportRules {
  exportRules(format: CSV) { count document lastNumber hasMore }
}
`,
  },
];
