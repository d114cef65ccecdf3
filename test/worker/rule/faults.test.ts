import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { type Answer, type Millrace, startMillrace } from '#test/support/api';
import { type Receiver, receiver } from '#test/support/receiver';
import { type ServiceDesk, serviceDesk } from '#test/support/service-desk';
import { seedWorkspace } from '#test/support/tenancy';

let millrace: Millrace;
let hook: Receiver;

beforeAll(async () => {
  hook = await receiver();
  millrace = await startMillrace({ settings: { OUTGOING_ALLOW: '127.0.0.1' } });
});

interface Asking {
  readonly desk: ServiceDesk;
  ask(text: string, variables?: object): Promise<Answer['data']>;
}

async function asking(): Promise<Asking> {
  const desk = await serviceDesk(millrace.app);
  const { token } = await desk.workspace.token('OWNER');
  return {
    desk,
    ask: async (text, variables = {}) => {
      const { data, errors } = await millrace.ask(token, text, { ...variables });
      expect(errors).toEqual([]);
      return data;
    },
  };
}

const onImpact = { on: 'Req', trigger: 'on impact update' } as const;
const raise = { properties: { impact: 'high' } } as const;

describe('a rule that no worker can execute', () => {
  it('is given up after five leases: that is told, and the other rules of the event have their turn', async () => {
    const { desk, ask } = await asking();
    const { prisma } = millrace.app.db;
    // What no rule is to blame for: the database itself refuses this one row.
    await prisma.$executeRawUnsafe(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more room'; END $$`,
    );
    await prisma.$executeRawUnsafe(
      `CREATE TRIGGER refuse BEFORE INSERT ON "Note" FOR EACH ROW WHEN (NEW.text = 'refused') EXECUTE FUNCTION refuse()`,
    );
    await desk.rule({ ...onImpact, name: 'before', actions: ["a1: add note 'before'"] });
    await desk.rule({ ...onImpact, name: 'faulty', actions: ["a1: set source = 'x'", "a2: add note 'refused'"] });
    await desk.rule({ ...onImpact, name: 'after', actions: ["a1: add note 'after'"] });
    await desk.change('R1', raise);
    const where = { workspaceId: desk.workspaceId, passedAt: null };
    await expect
      .poll(
        async () => {
          // As if the lease of the worker that met the fault had run out.
          await prisma.event.updateMany({ where, data: { leaseUntil: new Date(0) } });
          millrace.app.wake.send('events');
          return prisma.event.count({ where });
        },
        { timeout: 30_000, interval: 100 },
      )
      .toBe(0);
    expect(await desk.notes('R1')).toEqual(['hello', 'before', 'after']);
    expect((await desk.read('R1')).properties['source']).toBeUndefined();
    const event = await prisma.event.findFirstOrThrow({
      where: { workspaceId: desk.workspaceId, entityId: desk.id('R1'), changed: { has: 'impact' } },
    });
    expect(event.epoch).toBeGreaterThanOrEqual(5);
    const explained = await ask(
      `query ($id: ID!) { explainEvent(id: $id) { pending automations { edges { node { automation { name } outcome error { code message } run { status error { code } } } } } } }`,
      { id: encodeId('Event', event.id) },
    );
    const met = { outcome: 'MET', error: null, run: { status: 'SUCCEEDED', error: null } };
    expect(explained).toMatchObject({
      explainEvent: {
        pending: false,
        automations: {
          edges: [
            { node: { automation: { name: 'before' }, ...met } },
            {
              node: {
                automation: { name: 'faulty' },
                outcome: 'FAILED',
                error: { code: 'INTERNAL', message: expect.not.stringContaining('no more room') as unknown },
                run: { status: 'FAILED', error: { code: 'INTERNAL' } },
              },
            },
            { node: { automation: { name: 'after' }, ...met } },
          ],
        },
      },
    });
  });
});

describe('an event whose rules are not evaluated', () => {
  /** As if so many workers had been lost with it, and as many had given it back. */
  async function leased(desk: ServiceDesk, lost: number): Promise<void> {
    const about = { workspaceId: desk.workspaceId, source: 'x', entityId: desk.id('R1'), blueprint: 'request', sequence: 9_000 };
    const told = { type: 'entity.updated', data: {}, changed: ['impact'], chain: [], actorKind: 'SYSTEM' as const, actorName: 'x' };
    await millrace.app.db.prisma.event.create({ data: { id: newId(), lost, epoch: 2 * lost, at: new Date(), ...about, ...told } });
    millrace.app.wake.send('events');
    await desk.settled();
  }

  it('because every worker that had it was lost is ended, and that is told', async () => {
    const { desk } = await asking();
    await desk.rule({ ...onImpact, actions: ["a1: add note 'x'"] });
    await leased(desk, 9);
    expect(await desk.outcomes()).toEqual(['MET']);
    const after = await asking();
    await after.desk.rule({ ...onImpact, actions: ["a1: add note 'x'"] });
    await leased(after.desk, 10);
    expect(await after.desk.outcomes()).toEqual(['FAILED INTERNAL']);
    expect(await after.desk.notes('R1')).toEqual(['hello']);
    expect(await millrace.app.db.prisma.run.findFirst({ where: { workspaceId: after.desk.workspaceId } })).toMatchObject({
      status: 'FAILED',
    });
  });

  it('because what came of them cannot be written is ended at the fifth lease, and that is told', async () => {
    const { desk } = await asking();
    const { prisma } = millrace.app.db;
    await prisma.$executeRawUnsafe(
      `CREATE FUNCTION refuse_evaluation() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more room'; END $$`,
    );
    await prisma.$executeRawUnsafe(
      `CREATE TRIGGER refuse_evaluation BEFORE INSERT ON "Evaluation" FOR EACH ROW WHEN (NEW.outcome = 'NOT_MET') EXECUTE FUNCTION refuse_evaluation()`,
    );
    await desk.rule({ ...onImpact, condition: 'false', actions: ["a1: add note 'x'"] });
    await leased(desk, 4);
    expect(await desk.outcomes()).toEqual(['FAILED INTERNAL']);
    await prisma.$executeRawUnsafe(`DROP TRIGGER refuse_evaluation ON "Evaluation"`);
  });
});

describe('a run of a rule that failed', () => {
  it('is not retried: what it was about has gone on', async () => {
    const { desk, ask } = await asking();
    await desk.rule({ ...onImpact, actions: ['a1: set impact = 1'] });
    await desk.change('R1', raise);
    await desk.settled();
    const { id } = await millrace.app.db.prisma.run.findFirstOrThrow({ where: { workspaceId: desk.workspaceId, status: 'FAILED' } });
    const answered = await ask(
      `mutation ($id: ID!) { retryRun(input: { id: $id }) { __typename ... on Error { code } ... on ConflictError { state } } }`,
      { id: encodeId('Run', id) },
    );
    expect(answered).toMatchObject({ retryRun: { __typename: 'ConflictError', code: 'CONFLICT', state: 'RULE' } });
    expect(await millrace.app.db.prisma.run.count({ where: { workspaceId: desk.workspaceId } })).toBe(1);
  });
});

describe('the webhook call of a rule without an app', () => {
  it('is signed with the secret WEBHOOK_SECRET of the rule, and not at all without one', async () => {
    const { desk, ask } = await asking();
    const call = (path: string) => ({ ...onImpact, name: path, actions: [`a1: call webhook '${hook.url}/${path}'`] });
    const [signed] = [await desk.rule(call('signed')), await desk.rule(call('plain'))];
    const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
    const set = `mutation ($rule: ID!, $secret: String!) { setSecret(input: { action: $rule, name: "WEBHOOK_SECRET", value: $secret }) { __typename } }`;
    expect(await ask(set, { rule: encodeId('Rule', signed), secret })).toEqual({ setSecret: { __typename: 'SetSecretSuccess' } });
    await desk.change('R1', raise);
    const got = (path: string) => hook.received.find(({ url }) => url === `/${path}`);
    await expect.poll(() => [got('signed')?.body, got('plain')?.body], { timeout: 20_000 }).toEqual(['{}', '{}']);
    expect(new Webhook(secret).verify('{}', got('signed')?.headers as Record<string, string>)).toEqual({});
    expect(() => new Webhook(secret).verify('{"a":1}', got('signed')?.headers as Record<string, string>)).toThrow();
    expect(got('plain')?.headers).not.toHaveProperty('webhook-signature');
  });

  it('waits for no calls of another workspace', async () => {
    const held: (() => void)[] = [];
    const silent = await receiver((_request, response) => held.push(() => void response.end('{}')));
    const [busy, other] = [await seedWorkspace(millrace.app), await seedWorkspace(millrace.app)];
    const { prisma } = millrace.app.db;
    const call = (workspaceId: string, address: string) => {
      const made = { id: newId(), kind: 'WEBHOOK' as const, payload: '{}', nextAttemptAt: new Date(0) };
      return { workspaceId, address, ...made };
    };
    await prisma.delivery.createMany({ data: Array.from({ length: 40 }, () => call(busy.workspaceId, silent.url)) });
    await expect.poll(() => silent.received.length, { timeout: 20_000 }).toBe(4);
    const { id } = await prisma.delivery.create({ data: call(other.workspaceId, hook.url) });
    await expect
      .poll(async () => (await prisma.delivery.findUniqueOrThrow({ where: { id } })).status, { timeout: 20_000 })
      .toBe('SUCCEEDED');
    expect(silent.received).toHaveLength(4);
    await prisma.delivery.deleteMany({ where: { workspaceId: busy.workspaceId } });
    for (const answer of held) answer();
  });
});
