import { beforeAll, expect, it, vi } from 'vitest';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let workspace: Workspace;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace();
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('VIEWER');
});

const ofOne = 'query ($id: ID!) { run(id: $id) { status timelineSvg } }';

async function picture(id: string): Promise<{ status: string; timelineSvg: string }> {
  return (await millrace.ask(token, ofOne, { id })).data?.['run'] as { status: string; timelineSvg: string };
}

it('shows a run with its attempts, its waits and its calls', async () => {
  const action = await workspace.action({
    code: "export default async () => { throw new Error('<no> & never'); }",
    retry: { maxRetries: 1, delay: 'PT0.2S' },
  });
  await millrace.app.db.prisma.automation.update({ where: { id: action.uuid }, data: { name: 'Orders & <more>' } });
  const run = await workspace.run(action);
  await vi.waitFor(async () => expect((await picture(run.id)).status).toBe('FAILED'), { timeout: 20_000 });
  await millrace.app.db.prisma.effect.create({
    data: {
      id: newId(),
      workspaceId: workspace.uuid,
      runId: run.uuid,
      stepPath: 'main',
      ordinal: 1,
      attempt: 1,
      kind: 'HTTP',
      status: 'FAILED',
      idempotencyKey: 'key',
      method: 'POST',
      url: 'https://api.example.com/orders?secret=hidden',
      host: 'api.example.com',
      statusCode: 503,
      startedAt: new Date(),
    },
  });
  const { timelineSvg } = await picture(run.id);
  expect(timelineSvg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const text of [
    'Orders &amp; &lt;more&gt;',
    'Queued for',
    'Waiting for',
    'Attempt 1:',
    'Attempt 2:',
    'POST api.example.com: 503',
    '&lt;no&gt; &amp; never',
  ])
    expect(timelineSvg).toContain(text);
  expect(timelineSvg).not.toContain('hidden');
});

it('costs the same number of statements for one run as for many', async () => {
  const action = await workspace.action();
  for (let count = 0; count < 5; count += 1) await workspace.run(action);
  const ask = (first: number) =>
    millrace.ask(token, 'query ($first: Int) { runs(first: $first) { edges { node { timelineSvg } } } }', { first });
  expect((await ask(5)).errors).toEqual([]);
  // Of what runs in the background a statement may fall into one of them.
  await vi.waitFor(async () => expect((await statementsOf(() => ask(5))).length).toBe((await statementsOf(() => ask(1))).length), {
    timeout: 20_000,
    interval: 50,
  });
});

it('weighs as much as it costs', async () => {
  const { errors } = await millrace.ask(token, '{ runs(first: 200) { edges { node { timelineSvg } } } }');
  expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED' });
});
