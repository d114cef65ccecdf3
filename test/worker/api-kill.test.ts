import { describe, expect, it, vi } from 'vitest';
import { spawnProcess, tally, testEngine } from '#test/support/engine';
import { freePort } from '#dev/server-process';

const soon = { timeout: 40_000, interval: 50 };

describe('an API that is killed right after its answer', () => {
  it('has lost nothing that it acknowledged', { timeout: 90_000 }, async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: { hello: '{{ payload.n }}' } });
    const { authorization } = await engine.workspace.token('OPERATOR');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const api = spawnProcess('src/server/main.ts', { ...engine.environment, PORT: String(port) });
    await vi.waitFor(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), soon);
    const query =
      'mutation ($key: String!, $payload: JSON!) { triggerAction(input: { key: $key, payload: $payload }) { ... on TriggerActionSuccess { run { id } } ... on Error { message } } }';
    const trigger = async (n: number): Promise<string> => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query, variables: { key, payload: { n } } }),
      });
      const body = (await response.json()) as { data: { triggerAction: { run: { id: string } } } };
      return body.data.triggerAction.run.id;
    };
    // Killed while more are on their way: only what was answered counts.
    const asked = Array.from({ length: 60 }, (_, n) => trigger(n).catch(() => null));
    await Promise.race(asked);
    await api.kill('SIGKILL');
    const acknowledged = (await Promise.all(asked)).flatMap((id) => (id === null ? [] : [id.replace(/^run_/, '')]));
    expect(acknowledged.length).toBeGreaterThan(0);
    engine.work();
    await vi.waitFor(
      async () => expect((await tally(engine.app, acknowledged)).statuses).toEqual({ SUCCEEDED: acknowledged.length }),
      soon,
    );
    expect(await tally(engine.app, acknowledged)).toMatchObject({ stuck: 0, lost: 0, doubled: 0 });
  });
});
