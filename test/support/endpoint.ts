import type { CredentialKind } from '#platform/db/generated/prisma/enums';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { putSecrets } from '#domain/secret/secret.service';
import { planHash } from '#plan/hash';
import type { Json, Plan, RetryPolicy } from '#plan/plan';
import type { Engine } from './engine.js';

export interface WantedEndpoint {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly inputSchema?: Json;
  readonly output?: Json;
  readonly expectedStatus?: number[];
  readonly timeoutMs?: number;
  readonly system?: { readonly baseUrl: string; readonly headers?: Readonly<Record<string, string>> };
  readonly credential?: {
    readonly kind: CredentialKind;
    readonly settings: Prisma.InputJsonValue;
    readonly secrets: Readonly<Record<string, string>>;
  };
  readonly retry?: Partial<RetryPolicy>;
  /** Secrets of the workspace and of the action. */
  readonly secrets?: { readonly workspace?: Readonly<Record<string, string>>; readonly action?: Readonly<Record<string, string>> };
}

/** Where the action is made: an engine, or what a test has of one. */
export type EndpointHome = Pick<Engine, 'app' | 'viewer' | 'action'> & { readonly workspace: { readonly workspaceId: string } };

/** An action that calls an endpoint, as the worker sees it; answers its key and the endpoint's id. */
export async function endpointAction(engine: EndpointHome, wanted: WantedEndpoint): Promise<{ key: string; endpointId: string }> {
  const { app, workspace, viewer } = engine;
  const { workspaceId } = workspace;
  const { prisma } = app.db;
  const put = (owner: 'WORKSPACE' | 'AUTOMATION' | 'CREDENTIAL', ownerId: string, values: Readonly<Record<string, string>>) =>
    transact(app, viewer, (work) => putSecrets(work, { workspaceId, owner, ownerId }, values));
  let credentialId: string | null = null;
  if (wanted.credential !== undefined) {
    const { kind, settings, secrets } = wanted.credential;
    credentialId = newId();
    await prisma.credential.create({ data: { id: credentialId, workspaceId, key: credentialId, name: 'c', kind, settings } });
    await put('CREDENTIAL', credentialId, secrets);
  }
  let systemId: string | null = null;
  if (wanted.system !== undefined) {
    systemId = newId();
    const { baseUrl, headers = {} } = wanted.system;
    await prisma.system.create({ data: { id: systemId, workspaceId, key: systemId, name: 's', baseUrl, headers } });
  }
  const endpointId = newId();
  const json = (value: Json | undefined) => (value === undefined ? {} : (value as Prisma.InputJsonValue));
  await prisma.endpoint.create({
    data: {
      id: endpointId,
      workspaceId,
      key: endpointId,
      name: 'e',
      systemId,
      credentialId,
      method: wanted.method ?? 'POST',
      url: wanted.url,
      headers: { ...wanted.headers },
      expectedStatus: wanted.expectedStatus ?? [],
      ...(wanted.timeoutMs === undefined ? {} : { timeoutMs: wanted.timeoutMs }),
      ...(wanted.body === undefined ? {} : { body: json(wanted.body) }),
      ...(wanted.inputSchema === undefined ? {} : { inputSchema: json(wanted.inputSchema) }),
      ...(wanted.output === undefined ? {} : { output: json(wanted.output) }),
    },
  });
  const key = await engine.action({ transform: 1 });
  const plan: Plan = {
    format: 1,
    atomicity: 'STEP',
    budgetMs: 600_000,
    steps: [
      {
        id: 'main',
        name: 'Main',
        kind: 'endpoint',
        args: { endpointId },
        retry: { max: 0, delayMs: 10, backoff: 'FIXED', maxDelayMs: 10, jitter: 0, ...wanted.retry },
        timeoutMs: null,
        onError: 'FAIL',
      },
    ],
  };
  const hash = planHash(plan);
  await prisma.plan.upsert({ where: { hash }, create: { hash, document: plan as unknown as Prisma.InputJsonValue }, update: {} });
  const automation = await prisma.automation.findFirstOrThrow({ where: { workspaceId, key } });
  await prisma.automationVersion.updateMany({
    where: { automationId: automation.id },
    data: { planHash: hash, maxAttempts: (wanted.retry?.max ?? 0) + 1 },
  });
  if (wanted.secrets?.workspace !== undefined) await put('WORKSPACE', workspaceId, wanted.secrets.workspace);
  if (wanted.secrets?.action !== undefined) await put('AUTOMATION', automation.id, wanted.secrets.action);
  return { key, endpointId };
}
