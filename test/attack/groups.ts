/** Tests that are attacks: a file of them, or those below some of its suites. */
export interface Attacks {
  readonly file: string;
  /** Names of suites at the top of the file; all of it when absent. */
  readonly suites?: readonly string[];
}

const files = (...names: readonly string[]): Attacks[] => names.map((name) => ({ file: `test/${name}.test.ts` }));
const suites = (name: string, ...of: readonly string[]): Attacks => ({ file: `test/${name}.test.ts`, suites: of });

/**
 * What hostile input the server withstands, and the tests that show it. A test belongs to the first group that names it. Those of
 * `test/attack` were written as attacks; the others stand with the feature that they attack.
 */
export const groups: Readonly<Record<string, readonly Attacks[]>> = {
  'authentication and tokens': [
    ...files('api/tenant/auth', 'api/tenant/jwt', 'api/tenant/access-watch'),
    suites('api/access', 'a stranger without a token'),
    suites('api/tenant/workspaces', 'an API token'),
    suites('attack/open-feeds', 'a feed whose reader loses its rights'),
    suites('api/ws', 'who is at the other end'),
  ],
  'access across tenants': [
    suites('attack/inputs', 'ids of another workspace'),
    suites('attack/steps', 'arguments of other steps'),
    suites('attack/reads', 'a list'),
    suites('attack/open-feeds', 'a feed of what another workspace has', 'a feed of what is one’s own'),
    suites('api/access', 'the owner of another workspace'),
    suites('worker/rule/passes', 'the records of another workspace'),
  ],
  'roles and mass assignment': [
    suites('attack/inputs', 'fields that an input does not have'),
    ...files('unit/tenant/permission'),
    suites('api/access', 'a viewer of the workspace'),
    suites('api/tenant/members', 'roles of members', 'the last owner', 'invitations'),
    suites('worker/rule/passes', 'the rules of an app'),
  ],
  'GraphQL denial of service': [
    ...files('attack/persisted'),
    suites('attack/reads', 'introspection'),
    suites(
      'api/hardening',
      'a hostile document',
      'what is within the limits',
      'an answer',
      'introspection that is switched off',
      'too many operations',
    ),
    suites('api/hardening-graph', 'the cost of an operation', 'what may be long'),
  ],
  'CSRF, CORS and the shape of HTTP': [
    ...files('attack/audits', 'attack/smuggling'),
    suites('api/hardening', 'a page of another site'),
    suites('api/http', 'an operation over HTTP', 'the shape of a request', 'what comes with an answer'),
  ],
  'floods of WebSockets and server-sent events': [
    ...files('api/ws', 'api/http-sse', 'api/keep-alive'),
    suites('api/hardening', 'connections'),
  ],
  'forged and repeated webhooks': files(
    'api/trigger/webhook-signatures',
    'api/trigger/webhook-repeats',
    'api/trigger/webhook-answers',
    'unit/platform/webhook-signature',
  ),
  'SSRF and hostile responses': files('unit/http/address', 'unit/http/outgoing', 'worker/endpoint', 'worker/sandbox-fetch'),
  'floods of triggers, schedules and events, and loops': [
    ...files(
      'api/caps',
      'api/trigger/webhook-limits',
      'unit/schedule/schedule-cron',
      'unit/schedule/open-cron-pattern',
      'worker/sandbox-turns',
    ),
    suites('worker/rule/passes', 'a loop', 'a look-up', 'the notes of records'),
  ],
  'races, and idempotency keys': files('api/tenant/idempotency', 'attack/races'),
  'hygiene of errors and logs': [suites('api/http', 'errors', 'a database that is away'), ...files('attack/metrics', 'api/ops')],
  'escapes from the sandbox, and exhaustion': files(
    'worker/sandbox',
    'worker/sandbox-attacks',
    'worker/sandbox-escape',
    'worker/sandbox-handle',
    'unit/language/hostile',
    'unit/language/condition/hostile',
  ),
  'leaks of secrets': [
    suites('attack/steps', 'a step of code'),
    ...files(
      'attack/planted-secrets',
      'worker/canary',
      'unit/redactor',
      'unit/platform/secret-box',
      'worker/secret-rotation',
      'api/secret/secrets',
    ),
  ],
  'shapes of JSON, text, numbers and dates': [
    suites('api/hardening-graph', 'hostile values'),
    suites('attack/reads', 'a query'),
    suites(
      'attack/inputs',
      'text that cannot be stored',
      'data that cannot be stored',
      'moments, durations and numbers that there are not',
    ),
  ],
  'unsafe configuration': files('unit/platform/settings', 'unit/platform/start-failure', 'worker/start'),
};

/** The group that a test counts for; null for what is no attack. */
export function groupOf(file: string, topSuite: string | null): string | null {
  const fits = (one: Attacks) => one.file === file && (one.suites === undefined || (topSuite !== null && one.suites.includes(topSuite)));
  return Object.entries(groups).find(([, attacks]) => attacks.some(fits))?.[0] ?? null;
}

/** Every file that holds attacks, once. */
export const attackFiles: readonly string[] = [...new Set(Object.values(groups).flatMap((attacks) => attacks.map(({ file }) => file)))];

/** What the suite has at least. */
export const leastAttacks = 150;
