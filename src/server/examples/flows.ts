import type { Example } from './example.js';

/** Flows, in an order in which each finds what those before it made. */
export const flows: readonly Example[] = [
  {
    query: `# A flow: each request that is made gets a first note, and a big one waits for an approval. Steps may branch, loop, wait and catch failures.
mutation CreateFlow {
  createFlow(
    input: {
      key: "welcome"
      name: "Welcome a request"
      type: AUTOMATION
      arguments: { big: "high" }
      triggers: [
        { event: { events: ["create"], conditions: [{ field: "data.blueprintId", operator: "eq", value: "request" }] } }
        { manual: {} }
      ]
      steps: [
        { id: "greeting", kind: "transform", args: { mapping: "Hello {{ data.title or inputs.name }}" } }
        {
          id: "size"
          kind: "branch"
          title: "How big is it?"
          ways: [
            {
              id: "big"
              title: "Big"
              conditions: [{ field: "inputs.impact", operator: "eq", value: "{{ arguments.big }}" }]
              steps: [{ id: "review", kind: "approval", args: { title: "Take {{ inputs.name }} on?" } }]
            }
            { id: "small", steps: [{ id: "rest", kind: "delay", args: { for: "PT1S" } }] }
          ]
        }
      ]
      outputs: { greeting: "{{ actions.greeting.output }}" }
    }
  ) {
    __typename
    ... on CreateFlowSuccess { flow { id key deployedVersion { number } steps { path kind way } } }
    ... on InvalidInputError { fields { path line column code message } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# A picture of it, as SVG and as a diagram for documents.
query FlowPicture {
  flow(key: "welcome") { name svg mermaid }
}
`,
  },
  {
    query: `# A run over it.
mutation StartFlow {
  startFlow(input: { key: "welcome", inputs: { name: "a laptop", impact: "low" } }) {
    __typename
    ... on StartFlowSuccess { run { id status } }
    ... on Error { message code }
  }
}
`,
  },
  {
    query: `# What became of it: what each step put out, and the same picture with where the run stands.
query FlowRuns {
  runs(filter: { automationKey: "welcome" }, first: 3) {
    edges { node { id status output steps { path status output } flowSvg flowMermaid } }
  }
}
`,
  },
];
