import { describe, expect, it, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { createWebhook } from '#domain/trigger/trigger.service';
import { startMillrace } from '#test/support/api';
import { spawnProcess, tally, testEngine } from '#test/support/engine';
import { hooksOn, json, sendHook, standardHeaders } from '#test/support/hooks';
import { freePort } from '#dev/server-process';

const soon = { timeout: 40_000, interval: 50 };

describe('a run that a webhook made', () => {
  it('gives the action what was sent', async () => {
    const millrace = await startMillrace();
    const hooks = await hooksOn(millrace);
    const code =
      'export default async (input) => ({ total: input.body.a + Number(input.query.b), topic: input.headers["x-topic"], id: input.messageId })';
    const action = await hooks.workspace.action({ code });
    const webhook = await hooks.webhook({ automation: action.id, verification: 'STANDARD_WEBHOOKS' });
    const body = '{"a":1}';
    const headers = { ...standardHeaders(webhook.secret, body, { id: 'msg_1' }), 'x-topic': 'sums' };
    const { run } = await sendHook(`${webhook.url}?b=2`, body, headers);
    const read = async () =>
      (await millrace.ask(hooks.token, 'query ($id: ID!) { run(id: $id) { status trigger output } }', { id: run })).data?.['run'];
    await vi.waitFor(async () => expect(await read()).toMatchObject({ status: 'SUCCEEDED' }), soon);
    expect(await read()).toMatchObject({ trigger: 'WEBHOOK', output: { total: 3, topic: 'sums', id: 'msg_1' } });
  });
});

describe('an API that is killed while it is sent requests', () => {
  it('has made the run of each that it acknowledged, and one of each that is sent again', { timeout: 90_000 }, async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: { n: '{{ payload.body.n }}' } });
    const { workspaceId } = engine.workspace;
    const { id } = await transact(engine.app, engine.viewer, (work) =>
      createWebhook(work, { automation: { workspaceId, key }, name: 'hook', verification: 'NONE', idHeader: 'x-id' }),
    );
    const { token } = await engine.app.db.prisma.webhook.findUniqueOrThrow({ where: { id } });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const start = async () => {
      const api = spawnProcess('src/server/main.ts', { ...engine.environment, PORT: String(port) });
      await vi.waitFor(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), soon);
      return api;
    };
    const send = async (n: number) => {
      const answer = await sendHook(`${url}/hooks/${token}`, JSON.stringify({ n }), { ...json, 'x-id': String(n) }).catch(() => null);
      // Either no answer at all, or one that says that the run is there.
      if (answer !== null) expect(answer).toMatchObject({ status: 202, run: expect.any(String) as unknown });
      return answer?.run?.slice(4) ?? null;
    };
    const api = await start();
    const all = Array.from({ length: 60 }, (_, n) => n);
    const asked = all.map(send);
    await Promise.race(asked);
    await api.kill('SIGKILL');
    const first = await Promise.all(asked);
    const acknowledged = first.flatMap((run) => run ?? []);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(await tally(engine.app, acknowledged)).toMatchObject({ lost: 0 });
    // What its sender got no answer for it sends again: committed or not, each message has one run in the end.
    await start();
    const second = await Promise.all(all.map(send));
    expect(second.every((run) => run !== null)).toBe(true);
    for (const [n, run] of first.entries()) if (run !== null) expect(second[n]).toBe(run);
    const made = await engine.app.db.prisma.run.findMany({ where: { workspaceId }, select: { id: true } });
    expect(made.map((run) => run.id).sort()).toEqual(second.map(String).sort());
    engine.work();
    await vi.waitFor(async () => expect((await tally(engine.app, second.map(String))).statuses).toEqual({ SUCCEEDED: all.length }), soon);
  });
});
