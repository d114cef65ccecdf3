import { createHmac } from 'node:crypto';
import { signStandardWebhook } from '#platform/secrets/webhook-signature';
import { newId } from '#platform/ids';
import type { Millrace } from './api.js';
import { mutateOn, type Result } from './mutate.js';
import { type SeededAction, seed, type Workspace } from './seed.js';

/** An answer to a request to a webhook. */
export interface HookAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** In the graph; null when the answer names none. */
  readonly run: string | null;
  /** Of an error. */
  readonly code: string | null;
}

export interface SeededWebhook {
  /** In the graph. */
  readonly id: string;
  readonly uuid: string;
  /** At the process that made it. */
  readonly url: string;
  readonly secret: string | null;
}

export type HookBody = string | Uint8Array<ArrayBuffer>;

export interface Hooks {
  readonly workspace: Workspace;
  readonly action: SeededAction;
  /** Of an editor. */
  readonly token: string;
  /** Calls a mutation as the editor. */
  write(field: string, input: Readonly<Record<string, unknown>>, selection?: string): Promise<Result>;
  /** A webhook of the action, or of one like it when that has many; without a verification unless one is given. */
  webhook(wanted?: Readonly<Record<string, unknown>>): Promise<SeededWebhook>;
  /** What is logged of a webhook, the oldest first. */
  log(webhook: SeededWebhook): Promise<readonly LogEntry[]>;
  /** How many runs the workspace has. */
  runs(): Promise<number>;
  /** The input of a run. */
  input(run: string | null): Promise<Readonly<Record<string, unknown>>>;
}

export interface LogEntry {
  readonly status: string;
  readonly reason: string | null;
  readonly messageId: string | null;
  readonly run: { readonly id: string } | null;
  readonly method: string;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly bodyBase64: string;
}

/** An action has so many webhooks here, and room for those that a test makes itself. */
const perAction = 10;

/** A workspace with an action that webhooks trigger. */
export async function hooksOn(millrace: Millrace): Promise<Hooks> {
  const { app } = millrace;
  const mutate = mutateOn(millrace);
  const workspace = await seed(app).workspace();
  const action = await workspace.action();
  const token = await workspace.token('EDITOR');
  let [latest, made] = [action, 0];
  return {
    workspace,
    action,
    token,
    write: (field, input, selection) => mutate(token, field, input, selection),
    webhook: async (wanted = {}) => {
      made += 1;
      if (made % perAction === 0) latest = await workspace.action();
      const input = { automation: latest.id, name: 'hook', verification: 'NONE', ...wanted };
      const { webhook, secret, ...rest } = await mutate(token, 'createWebhook', input, 'secret webhook { id url }');
      const { id, url } = (webhook ?? {}) as { readonly id?: string; readonly url?: string };
      if (id === undefined || url === undefined) throw new Error(`No webhook was made: ${JSON.stringify(rest)}`);
      return { id, uuid: id.slice(3), url, secret: typeof secret === 'string' ? secret : null };
    },
    log: async ({ id }) => {
      const query =
        'query ($id: ID!) { webhook(id: $id) { requests(first: 20) { edges { node { status reason messageId method query headers body bodyBase64 run { id } } } } } }';
      const { data } = await millrace.ask(token, query, { id });
      const { requests } = data?.['webhook'] as { readonly requests: { readonly edges: readonly { readonly node: LogEntry }[] } };
      return requests.edges.map(({ node }) => node).reverse();
    },
    runs: () => app.db.prisma.run.count({ where: { workspaceId: workspace.uuid } }),
    input: async (run) => {
      const { input } = await app.db.prisma.run.findUniqueOrThrow({ where: { id: String(run).slice(4) } });
      return input as Readonly<Record<string, unknown>>;
    },
  };
}

/** Sends a request as another program would. */
export async function sendHook(
  url: string,
  body: HookBody | null = null,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<HookAnswer> {
  const response = await fetch(url, { method, headers, body });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  const value = isJson ? (JSON.parse(text) as { run?: string; errors?: { extensions: { code: string } }[] }) : {};
  return {
    status: response.status,
    headers: response.headers,
    text,
    run: value.run ?? null,
    code: value.errors?.[0]?.extensions.code ?? null,
  };
}

export const json = { 'content-type': 'application/json' } as const;

/** The headers of a message that is signed after Standard Webhooks. */
export function standardHeaders(
  secret: string | null,
  body: HookBody,
  { id = newId(), at = new Date() }: { readonly id?: string; readonly at?: Date } = {},
): Record<string, string> {
  return {
    ...json,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signStandardWebhook(secret ?? '', id, at, body),
  };
}

export function hmacOf(secret: string | null, body: HookBody, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHmac('sha256', secret ?? '')
    .update(body)
    .digest(encoding);
}

/** The same address at another process of the installation. */
export function at({ url }: SeededWebhook, process: Millrace): string {
  return new URL(new URL(url).pathname, process.url).href;
}
