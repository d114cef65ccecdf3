import { beforeAll, expect, it, vi } from 'vitest';
import {
  ActionDocument,
  CreateCredentialDocument,
  CreateEndpointDocument,
  CreateNamespaceDocument,
  CreateSystemDocument,
  DisableActionDocument,
  EnableActionDocument,
  RunDocument,
  TriggerActionDocument,
  UpsertActionDocument,
} from '#client/index';
import { type Millrace, startMillrace } from '#test/support/api';
import { receiver } from '#test/support/receiver';
import { seed } from '#test/support/seed';

let millrace: Millrace;
beforeAll(async () => {
  millrace = await startMillrace({ settings: { OUTGOING_ALLOW: '127.0.0.1' } });
});

it('an action that is kept elsewhere is moved with the typed client: endpoint, payload, thread, schedule', async () => {
  const there = await receiver(({ body }, response) => response.setHeader('content-type', 'application/json').end(body));
  const client = millrace.client(await (await seed(millrace.app).workspace()).token('EDITOR'));
  const credential = { key: 'agents', name: 'Agents', settings: { bearer: { token: 'very-secret' } } };
  expect(await client.request(CreateCredentialDocument, { input: credential })).toMatchObject({
    createCredential: { credential: { key: 'agents' } },
  });
  await client.request(CreateSystemDocument, { input: { key: 'agents', name: 'Agents', baseUrl: there.url, credential: 'agents' } });
  await client.request(CreateEndpointDocument, {
    input: { key: 'daily', name: 'Daily', system: 'agents', method: 'POST', url: '/threads/{{ payload.thread }}/messages' },
  });
  await client.request(CreateNamespaceDocument, { input: { key: 'memory', name: 'Memory' } });
  const action = {
    key: 'daily-report',
    name: 'Daily report',
    endpoint: 'daily',
    namespace: 'memory',
    threadMode: 'TEMPLATE',
    threadTemplate: 'daily-{{ date }}',
    payload: { thread: 'daily', shop: "{{ payload.shop | default('main') }}", last: '{{ last_run.finishedAt }}' },
    schedule: { cron: '0 7 * * *', timeZone: 'Europe/Paris' },
    retry: { maxRetries: 3, delay: 'PT30S' },
    enabled: false,
  } as const;
  expect(await client.request(UpsertActionDocument, { input: action })).toMatchObject({
    upsertAction: { action: { key: 'daily-report', nextRunAt: null } },
  });
  expect(await client.request(EnableActionDocument, { input: { key: action.key } })).toMatchObject({
    enableAction: { action: { enabled: true, nextRunAt: expect.any(String) as unknown } },
  });
  const refused = await client.request(TriggerActionDocument, { input: { key: action.key, thread: '', payload: {} } });
  expect(refused.triggerAction).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: ['thread'] }] });
  const { triggerAction } = await client.request(TriggerActionDocument, { input: { key: action.key, payload: { shop: 'north' } } });
  if (triggerAction.__typename !== 'TriggerActionSuccess') throw new Error(triggerAction.message);
  const { id } = triggerAction.run;
  await vi.waitFor(async () => expect((await client.request(RunDocument, { id })).run?.status).toBe('SUCCEEDED'), { timeout: 20_000 });
  const payload = { thread: 'daily', shop: 'north', last: null };
  expect((await client.request(RunDocument, { id })).run).toMatchObject({
    input: { shop: 'north' },
    resolvedPayload: payload,
    resolvedThread: expect.stringMatching(/^daily-\d{4}-\d\d-\d\d$/) as unknown,
    output: payload,
  });
  expect(there.received).toMatchObject([
    { method: 'POST', url: '/threads/daily/messages', headers: { authorization: 'Bearer very-secret' } },
  ]);
  await client.request(DisableActionDocument, { input: { key: action.key } });
  expect((await client.request(ActionDocument, { key: action.key })).action).toMatchObject({
    enabled: false,
    nextRunAt: null,
    lastRun: { id },
    lastRunStatus: 'SUCCEEDED',
    counters: { total: 1, succeeded: 1, failed: 0 },
  });
});
