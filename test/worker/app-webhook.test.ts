import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { mailbox, type Mailbox } from '#test/support/mailbox';
import { receiver, type Receiver } from '#test/support/receiver';
import { serviceDesk, type ServiceDesk } from '#test/support/service-desk';

let millrace: Millrace;
let mails: Mailbox;
let hook: Receiver;
const answers = new Map<string, number>();

beforeAll(async () => {
  mails = await mailbox();
  hook = await receiver(({ url }, response) => {
    response.statusCode = answers.get(url) ?? 200;
    response.end('{}');
  });
  millrace = await startMillrace({ settings: { OUTGOING_ALLOW: '127.0.0.1', SMTP_URL: mails.url, SMTP_FROM: 'millrace@x.test' } });
});

interface Called {
  readonly desk: ServiceDesk;
  readonly appId: string;
  readonly url: string;
  /** Lets the rule of the app call once. */
  call(): Promise<void>;
  deliveries(): Promise<readonly { readonly status: string; readonly failure: string | null; readonly tries: number }[]>;
  ask(text: string, variables?: object): Promise<Readonly<Record<string, unknown>>>;
}

/** An app whose webhook has failed so often in a row, the first time so many days ago. */
async function called(path: string, failures: number, days: number): Promise<Called> {
  const { prisma } = millrace.app.db;
  const desk = await serviceDesk(millrace.app);
  const url = `${hook.url}/${path}`;
  const { appId } = await desk.app({ webhookUrl: url });
  const webhookFailingSince = failures === 0 ? null : new Date(Date.now() - days * 86_400_000);
  await prisma.app.update({ where: { id: appId }, data: { webhookFailures: failures, webhookFailingSince } });
  await desk.rule({ on: 'Req', trigger: 'on note added', actions: ["a1: call webhook '{app_offering_webhook}'"], app: appId });
  const { token } = await desk.workspace.token('OWNER');
  return {
    desk,
    appId,
    url,
    call: async () => {
      await desk.change('R1', { notes: [{ text: 'x' }] });
      await desk.settled();
    },
    deliveries: () =>
      prisma.delivery.findMany({
        where: { workspaceId: desk.workspaceId, kind: 'WEBHOOK' },
        orderBy: { id: 'asc' },
        select: { status: true, failure: true, tries: true },
      }),
    ask: async (text, variables = {}) => {
      const { data, errors } = await millrace.ask(token, text, { ...variables });
      expect(errors).toEqual([]);
      return data ?? {};
    },
  };
}

const soon = { timeout: 20_000 };
const state = `query ($id: ID!) { app(id: $id) { webhookFailingSince webhookDisabledAt } auditEntries(filter: { operation: ["disableAppWebhook"] }) { edges { node { subjectId actorKind } } } }`;

describe('the webhook of an app that fails for more than a week', () => {
  it('is switched off at the twentieth failure in a row, which is told, and is on again when it is given', async () => {
    const { desk, appId, url, call, deliveries, ask } = await called('week', 19, 8);
    const id = encodeId('App', appId);
    answers.set('/week', 500);
    await call();
    const disabledAt = async () => ((await ask(state, { id }))['app'] as { webhookDisabledAt: string | null }).webhookDisabledAt;
    await expect.poll(disabledAt, soon).not.toBeNull();
    expect((await ask(state, { id }))['auditEntries']).toEqual({ edges: [{ node: { subjectId: id, actorKind: 'SYSTEM' } }] });
    await expect.poll(() => mails.mails.find(({ text }) => text.includes(url))?.to, soon).toHaveLength(1);
    const received = hook.received.length;
    await call();
    await expect
      .poll(async () => (await deliveries()).at(-1), soon)
      .toEqual({ status: 'FAILED', failure: 'The webhook of the app was switched off.', tries: 0 });
    expect(hook.received.length).toBe(received);
    expect(await desk.outcomes()).toEqual(['MET', 'MET']);
    answers.delete('/week');
    const mend = `mutation ($id: ID!, $url: String!) { updateApp(input: { id: $id, webhookUrl: $url }) { ... on UpdateAppSuccess { app { webhookFailingSince webhookDisabledAt } } } }`;
    expect(await ask(mend, { id, url })).toEqual({ updateApp: { app: { webhookFailingSince: null, webhookDisabledAt: null } } });
    await call();
    await expect.poll(async () => (await deliveries()).at(-1), soon).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('stays on before: at fewer failures, within the week, and once a call was taken', async () => {
    const { prisma } = millrace.app.db;
    for (const [path, failures, days] of [
      ['few', 18, 30],
      ['young', 40, 6.9],
    ] as const) {
      const { appId, call } = await called(path, failures, days);
      answers.set(`/${path}`, 500);
      await call();
      const app = () => prisma.app.findUniqueOrThrow({ where: { id: appId } });
      await expect.poll(async () => (await app()).webhookFailures, soon).toBe(failures + 1);
      expect((await app()).webhookDisabledAt).toBeNull();
    }
    const { appId, call } = await called('mended', 40, 30);
    await call();
    await expect
      .poll(() => prisma.app.findUniqueOrThrow({ where: { id: appId } }), soon)
      .toMatchObject({
        webhookFailures: 0,
        webhookFailingSince: null,
        webhookDisabledAt: null,
      });
  });
});

describe('the secret of an app', () => {
  const rotate = `mutation ($id: ID!, $grace: Int) { rotateAppSecret(input: { id: $id, graceSeconds: $grace }) { __typename
    ... on RotateAppSecretSuccess { secret } ... on InvalidInputError { fields { path code } } } }`;

  it('signs beside the one before it for the time of grace, and alone without', async () => {
    const { appId, call, ask } = await called('rotated', 0, 0);
    const id = encodeId('App', appId);
    const rotated = async (grace: number | null) =>
      ((await ask(rotate, { id, grace }))['rotateAppSecret'] as { readonly secret: string }).secret;
    /** Whether each of the secrets verifies the next call. */
    const verified = async (...secrets: string[]) => {
      const before = hook.received.length;
      await call();
      await expect.poll(() => hook.received.length, soon).toBe(before + 1);
      const { body = '', headers } = hook.received[before] ?? {};
      return secrets.map((secret) => {
        try {
          new Webhook(secret).verify(body, headers as Record<string, string>);
          return true;
        } catch {
          return false;
        }
      });
    };
    const first = await rotated(null);
    const second = await rotated(null);
    expect(await verified(first, second)).toEqual([true, true]);
    const third = await rotated(3_600);
    expect(await verified(first, second, third)).toEqual([false, true, true]);
    const fourth = await rotated(0);
    expect(await verified(second, third, fourth)).toEqual([false, false, true]);
    expect(await ask(rotate, { id, grace: -1 })).toMatchObject({ rotateAppSecret: { fields: [{ path: ['graceSeconds'] }] } });
  });

  it('ends when its time is over', async () => {
    const { appId, call, ask } = await called('ended', 0, 0);
    const id = encodeId('App', appId);
    await ask(rotate, { id, grace: null });
    await ask(rotate, { id, grace: 1 });
    const signatures = () => {
      const last = hook.received.findLast(({ url }) => url === '/ended');
      return last === undefined ? null : String(last.headers['webhook-signature']).split(' ').length;
    };
    const next = async () => {
      await call();
      return signatures();
    };
    await expect.poll(next, { ...soon, interval: 500 }).toBe(1);
  });
});
