import type { Example } from './example.js';

/** What calls need to know of other servers. */
export const connections: readonly Example[] = [
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
];
