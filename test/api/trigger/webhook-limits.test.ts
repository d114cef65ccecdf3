import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { type Installation, type Millrace, startMillrace } from '#test/support/api';
import { newId } from '#platform/ids';
import { lineTo } from '#test/support/cut';
import { createDatabase } from '#test/support/database';
import { type HookAnswer, hooksOn, json, sendHook, standardHeaders } from '#test/support/hooks';
import { redisPrefix, redisUrlOrNull } from '#test/support/redis';

const fresh = async (): Promise<Installation> => ({
  databaseUrl: await createDatabase(),
  redisUrl: redisUrlOrNull(),
  prefix: redisPrefix(),
});

const retryAfter = ({ headers }: { readonly headers: Headers }) => Number(headers.get('retry-after'));

describe('a webhook that is sent too much', () => {
  it('takes as many requests in a minute as it may, and another one as many again', async () => {
    const millrace = await startMillrace({ worker: false, settings: { WEBHOOK_REQUESTS_PER_MINUTE: '5' } });
    const hooks = await hooksOn(millrace);
    const webhook = await hooks.webhook();
    const answers = [];
    for (let count = 0; count < 7; count += 1) answers.push(await sendHook(webhook.url, '{}', json));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429, 429]);
    for (const answer of answers.slice(5)) expect(retryAfter(answer)).toBeGreaterThan(0);
    expect(await hooks.runs()).toBe(5);
    expect((await sendHook((await hooks.webhook()).url, '{}', json)).status).toBe(202);
    expect((await hooks.log(webhook)).filter(({ status }) => status === 'REJECTED')).toHaveLength(2);
  });

  it('takes fewer large requests than small ones, and from an address that guesses nothing at all after a while', async () => {
    const settings = { WEBHOOK_REQUESTS_PER_MINUTE: '20', ANONYMOUS_REQUESTS_PER_MINUTE: '3' };
    const millrace = await startMillrace({ worker: false, settings });
    const hooks = await hooksOn(millrace);
    const webhook = await hooks.webhook();
    const large = JSON.stringify({ text: 'x'.repeat(900_000) });
    expect((await sendHook(webhook.url, large, json)).status).toBe(202);
    expect((await sendHook(webhook.url, large, json)).status).toBe(202);
    expect((await sendHook(webhook.url, large, json)).status).toBe(429);
    const guess = () => sendHook(new URL(`/hooks/${'A'.repeat(43)}`, webhook.url).href, '{}', json);
    expect([(await guess()).status, (await guess()).status, (await guess()).status, (await guess()).status]).toEqual([404, 404, 404, 429]);
    expect((await sendHook((await hooks.webhook()).url, '{}', json)).status).toBe(429);
  });

  it('is refused while the queue of its workspace is full, but for what was accepted before', async () => {
    const millrace = await startMillrace({ worker: false });
    const hooks = await hooksOn(millrace);
    const webhook = await hooks.webhook({ idHeader: 'x-id' });
    const delivery = (id: string) => sendHook(webhook.url, '{}', { ...json, 'x-id': id });
    const first = await delivery('1');
    await millrace.app.db.prisma.workspace.update({ where: { id: hooks.workspace.uuid }, data: { maxQueued: 1 } });
    const full = await vi.waitFor(
      async () => {
        // Until the backlog is counted again it is taken, and the same message would be a repeat.
        const answer = await delivery(newId());
        expect(answer.status).toBe(429);
        return answer;
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(retryAfter(full)).toBeGreaterThan(0);
    const before = await hooks.runs();
    expect(await delivery('1')).toMatchObject({ status: 202, run: first.run });
    expect(await hooks.runs()).toBe(before);
    // Refused is not known: it may be sent again.
    await millrace.app.db.prisma.workspace.update({ where: { id: hooks.workspace.uuid }, data: { maxQueued: 100 } });
    await vi.waitFor(async () => expect((await delivery(newId())).status).toBe(202), { timeout: 10_000, interval: 100 });
  });
});

describe('webhooks that are sent more than the database can take', () => {
  it('leave the graph its connections, and refuse with 503 what would wait too long', async () => {
    const millrace = await startMillrace({ worker: false, settings: { DATABASE_POOL: '2', WEBHOOK_WAITING_MAX: '3' } });
    const hooks = await hooksOn(millrace);
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS' });
    const slow = new pg.Client({ connectionString: millrace.installation.databaseUrl });
    await slow.connect();
    try {
      await slow.query('BEGIN; LOCK TABLE "Secret" IN ACCESS EXCLUSIVE MODE');
      const answers: HookAnswer[] = [];
      const sent = Array.from({ length: 8 }, () =>
        sendHook(webhook.url, '{}', standardHeaders(webhook.secret, '{}')).then((answer) => void answers.push(answer)),
      );
      await vi.waitFor(() => expect(answers).toHaveLength(4), { timeout: 4_000, interval: 10 });
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
        expect(retryAfter(answer)).toBeGreaterThan(0);
      }
      expect((await millrace.ask(hooks.token, '{ actions { edges { node { id } } } }')).errors).toEqual([]);
      await slow.query('COMMIT');
      await Promise.all(sent);
      expect(answers.slice(4).map(({ status }) => status)).toEqual([202, 202, 202, 202]);
      expect(await hooks.runs()).toBe(4);
    } finally {
      await slow.end();
    }
  });
});

describe('a webhook without', () => {
  it('a database answers 503 and when to come back, never that it took something', async () => {
    const installation = await fresh();
    const line = await lineTo(installation.databaseUrl);
    const millrace: Millrace = await startMillrace({ worker: false, installation, settings: { DATABASE_URL: line.url } });
    const hooks = await hooksOn(millrace);
    const webhook = await hooks.webhook({ idHeader: 'x-id' });
    const delivery = () => sendHook(webhook.url, '{}', { ...json, 'x-id': '1' });
    line.cut();
    for (let count = 0; count < 3; count += 1) {
      const answer = await delivery();
      expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
      expect(retryAfter(answer)).toBeGreaterThan(0);
    }
    line.mend();
    await vi.waitFor(async () => expect((await delivery()).status).toBe(202), { timeout: 20_000, interval: 100 });
    expect(await hooks.runs()).toBe(1);
  });

  it('Redis goes on', async () => {
    const millrace = await startMillrace({ worker: false, installation: { ...(await fresh()), redisUrl: 'redis://127.0.0.1:1' } });
    const hooks = await hooksOn(millrace);
    expect((await sendHook((await hooks.webhook()).url, '{}', json)).status).toBe(202);
    expect(await hooks.runs()).toBe(1);
  });
});
