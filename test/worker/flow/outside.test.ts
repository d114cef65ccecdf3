import { expect, test, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { createNotificationGroup } from '#domain/notification/notification.service';
import { addRecipient } from '#domain/notification/recipient.service';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';
import { mailbox } from '#test/support/mailbox';
import { receiver } from '#test/support/receiver';

vi.setConfig({ testTimeout: 120_000 });

const map = (id: string, mapping: unknown) => ({ kind: 'transform', id, args: { mapping: mapping as never } });

test('a call carries a key that its attempts share, and a secret that it needs is seen nowhere else', async () => {
  let calls = 0;
  const there = await receiver(({ body, headers }, response) => {
    calls += 1;
    response
      .writeHead(calls === 1 ? 503 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ got: body, auth: headers['x-token'] }));
  });
  const engine = await testEngine({ OUTGOING_ALLOW: '127.0.0.1' });
  engine.work();
  const { flow, outcome } = await seedFlows(engine);
  await flow('calls', {
    secrets: [{ name: 'TOKEN', value: 'a-secret-of-the-flow' }],
    steps: [
      {
        kind: 'httpRequest',
        id: 'call',
        args: { method: 'POST', url: `${there.url}/in`, headers: { 'x-token': '{{ secrets.TOKEN }}' }, body: { n: '{{ inputs.n }}' } },
        retry: { maxRetries: 2, delay: 'PT0.1S' },
      },
      map('told', 'it is {{ actions.call.output.body.auth }}'),
    ],
    outputs: { status: '{{ actions.call.output.status }}', got: '{{ actions.call.output.body.got }}', told: '{{ actions.told.output }}' },
  });
  const run = await outcome('calls', { n: 5 });
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { status: 200, got: '{"n":5}', told: 'it is [redacted]' } });
  expect(there.received.map(({ headers }) => headers['x-token'])).toEqual(['a-secret-of-the-flow', 'a-secret-of-the-flow']);
  const keys = there.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toBe(`${run.id}/call/1`);
  expect(keys[1]).toBe(keys[0]);
  const { prisma } = engine.app.db;
  const effects = await prisma.effect.findMany({ where: { runId: run.id } });
  expect(effects.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED']);
  const events = await prisma.runEvent.findMany({ where: { runId: run.id } });
  expect(JSON.stringify([run, effects, events])).not.toContain('a-secret-of-the-flow');
  // What other steps put out is kept and shown, and a changed secret could not be told from other text.
  const shown = flow('shows', { steps: [map('told', '{{ secrets.TOKEN | upper }}')] });
  await expect(shown).rejects.toMatchObject({ fields: [{ path: ['steps', '0', 'args', 'mapping'], code: 'SECRETS' }] });
});

test('a message goes to a group and to addresses, once the step is done', async () => {
  const there = await receiver();
  const post = await mailbox();
  const engine = await testEngine({ OUTGOING_ALLOW: '127.0.0.1', SMTP_URL: post.url, SMTP_FROM: 'millrace@example.com' });
  const { workspaceId } = engine.workspace;
  engine.work();
  const { flow, outcome } = await seedFlows(engine);
  await transact(engine.app, engine.viewer, async (work) => {
    const group = await createNotificationGroup(work, { workspaceId, name: 'Ops', key: 'ops', events: ['RUN_FAILED'] });
    await addRecipient(work, { groupId: group, webhook: `${there.url}/hook` });
  });
  await flow('tells', {
    steps: [
      {
        kind: 'notify',
        id: 'tell',
        args: { group: 'ops', emails: ['ann@x.test'], subject: 'Hello {{ inputs.name }}', text: 'More', data: { n: 1 } },
      },
    ],
    outputs: '{{ actions.tell.output.deliveries }}',
  });
  expect(await outcome('tells', { name: 'Ada' })).toMatchObject({ status: 'SUCCEEDED', output: 2 });
  await expect.poll(() => post.mails.length, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => there.received.length, { timeout: 20_000 }).toBe(1);
  expect(post.mails[0]?.header('subject')).toBe('Hello Ada');
  expect(JSON.parse(there.received[0]?.body ?? '')).toMatchObject({
    type: 'flow.message',
    text: 'Hello Ada\nMore',
    data: { subject: 'Hello Ada', data: { n: 1 } },
  });
});

test('flows are started once for each record that meets conditions', async () => {
  const engine = await testEngine();
  engine.work();
  const { flow, outcome, make, final } = await seedFlows(engine);
  const { prisma } = engine.app.db;
  for (let n = 0; n < 8; n++) await make('service', `s${n}`, { properties: { stage: n % 2 === 0 ? 'live' : 'beta' } });
  await flow('mark', { steps: [map('see', '{{ data.id }} {{ event.action }}')], outputs: '{{ actions.see.output }}' });
  await flow('sweep', {
    steps: [
      {
        kind: 'triggerAutomations',
        id: 'all',
        args: {
          automationIds: ['mark'],
          entities: {
            conditions: [
              { field: 'blueprintId', operator: 'eq', value: 'service' },
              { field: 'properties/stage', operator: 'eq', value: 'live' },
            ],
          },
        },
      },
    ],
    outputs: '{{ actions.all.output }}',
  });
  const run = await outcome('sweep');
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { runs: 4, entities: 4 } });
  const children = await prisma.run.findMany({ where: { parentId: run.id } });
  const outputs = await Promise.all(children.map(async ({ id }) => (await final(id)).output));
  expect(outputs.sort()).toEqual(['s0 trigger', 's2 trigger', 's4 trigger', 's6 trigger']);
});

test('flows over records wait for room in the queue, and start none of those that led to them', async () => {
  const engine = await testEngine();
  const { flow, start, make, final } = await seedFlows(engine);
  const { prisma } = engine.app.db;
  for (let n = 0; n < 3; n++) await make('service', `s${n}`);
  const over = (key: string) => ({
    kind: 'triggerAutomations',
    id: 'all',
    args: { automationIds: key, entities: { conditions: [{ field: 'blueprintId', operator: 'eq', value: 'service' }] } },
  });
  await flow('mark', { steps: [map('see', '{{ data.id }}')] });
  await flow('sweep', { steps: [over('mark')], outputs: '{{ actions.all.output.runs }}' });
  await flow('self', { steps: [over('self')] });
  const again = await start('self');
  const id = await start('sweep');
  await start('mark');
  // One at a time, and the other one is as many as may wait.
  await prisma.workspace.updateMany({ data: { maxRunning: 1, maxQueued: 1 } });
  engine.work();
  expect(await final(id)).toMatchObject({ status: 'SUCCEEDED', output: 3 });
  expect(await prisma.runEvent.count({ where: { runId: id, type: 'RUN_WAITING' } })).toBeGreaterThan(0);
  expect(await prisma.run.count({ where: { parentId: id } })).toBe(3);
  const self = await final(again);
  expect(self).toMatchObject({ status: 'FAILED', errorCode: 'LOOP' });
  expect(self.errorMessage).toContain('self');
});
