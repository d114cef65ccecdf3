import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { RunEventsDocument } from '#client/index';
import { isFinal } from '#domain/run/run.status';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import { putSecrets } from '#domain/secret/secret.service';
import { transact } from '#platform/work/work';
import { encodeId } from '#schema/node';
import { startMillrace } from '#test/support/api';
import { atEnd } from '#test/support/at-end';
import { endpointAction, type WantedEndpoint } from '#test/support/endpoint';
import { looks, redisOf, rows, told } from '#test/support/planted';
import { receiver } from '#test/support/receiver';
import { seed } from '#test/support/seed';

vi.setConfig({ testTimeout: 240_000 });
const soon = { timeout: 120_000, interval: 100 };

/** Values as people choose them: with what JSON, URLs and Base64 write differently. */
const canaries = {
  workspace: 'canary+workspace/"1" ?x',
  action: 'canary+action/"2" ?x',
  basic: 'canary+basic/"3" ?x',
  key: 'canary+key/"4" ?x',
  client: 'canary+client/"5" ?x',
  token: 'canary-token-6',
  number: '739182645501',
} as const;

test('the values of secrets stand nowhere that anybody reads', async () => {
  const logFile = path.join(tmpdir(), `millrace-canary-${String(process.pid)}.log`);
  atEnd(() => rmSync(logFile, { force: true }));
  const settings = { OUTGOING_ALLOW: '127.0.0.1', LOG_LEVEL: 'trace', LOG_FILE: logFile };
  const millrace = await startMillrace({ settings });
  const { app } = millrace;
  const workspace = await seed(app).workspace();
  const token = await workspace.token();
  const home = {
    app,
    viewer: workspace.owner,
    workspace: { workspaceId: workspace.uuid },
    action: async (body: { readonly code?: string; readonly transform?: unknown }) => (await workspace.action(body)).key,
  };
  const events: string[] = [];
  const following = (async () => {
    for await (const event of millrace.client(token).subscribe(RunEventsDocument, { after: encodeCursor(0n) }))
      events.push(JSON.stringify(event));
  })();
  following.catch(() => undefined);

  /** Says everything back that it was told, in the body, in headers and in the place of errors. */
  const echo = await receiver(({ method, url, headers, body }, response) => {
    const status = /status=(\d+)/.exec(url)?.[1];
    const told = JSON.stringify({ method, url, headers, body, plain: decodeURIComponent(url), number: Number(canaries.number) });
    response.setHeader('x-echo', encodeURI(headers.authorization ?? String(headers['x-key'])));
    response.setHeader('set-cookie', `session=${encodeURIComponent(headers.authorization ?? '')}`);
    response.writeHead(Number(status ?? 200), { 'content-type': 'application/json' }).end(told);
  });
  const authority = await receiver(({ headers, body, url }, response) => {
    const status = url === '/bad' ? 400 : 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        access_token: canaries.token,
        token_type: 'bearer',
        error: 'invalid_client',
        error_description: headers.authorization,
        body,
      }),
    );
  });
  const own = { workspace: { SHARED: canaries.workspace }, action: { OWN: canaries.action, PIN: canaries.number } };
  const everywhere: Omit<WantedEndpoint, 'url'> = {
    headers: { 'X-Shared': '{{ secrets.SHARED }}', 'X-All': '{{ secrets | tojson }}' },
    body: { shared: '{{ secrets.SHARED }}', joined: 'a {{ secrets.OWN }} b', pin: '{{ secrets.PIN | int }}' },
    secrets: own,
  };
  const oauth = (tokenPath: string): NonNullable<WantedEndpoint['credential']> => ({
    kind: 'OAUTH2_CLIENT_CREDENTIALS',
    settings: { tokenUrl: `${authority.url}${tokenPath}`, clientId: 'me', scopes: [], audience: null },
    secrets: { clientSecret: canaries.client },
  });
  const gone = await receiver();
  await gone.close();
  const url = `${echo.url}/{{ secrets.OWN }}?q={{ secrets.SHARED }}`;
  const endpoints: WantedEndpoint[] = [
    { ...everywhere, url, credential: { kind: 'BASIC', settings: { username: 'ada' }, secrets: { password: canaries.basic } } },
    { ...everywhere, url, credential: { kind: 'API_KEY', settings: { in: 'QUERY', name: 'key' }, secrets: { value: canaries.key } } },
    { ...everywhere, url, credential: { kind: 'API_KEY', settings: { in: 'HEADER', name: 'X-Key' }, secrets: { value: canaries.key } } },
    { ...everywhere, url, credential: oauth('/token'), output: { body: '{{ body }}', again: '{{ headers | tojson }}' } },
    { ...everywhere, url, credential: oauth('/bad') },
    { ...everywhere, url: `${url}&status=500`, retry: { max: 1 } },
    { ...everywhere, url: `${gone.url}/{{ secrets.OWN }}` },
    { ...everywhere, url: '{{ secrets.OWN }}' },
    { ...everywhere, url: `${echo.url}/x`, output: '{{ 1 + body.url }}' },
    { ...everywhere, url: `${echo.url}/x`, headers: { 'X-Bad': 'a\n{{ secrets.OWN }}' } },
  ];
  const runs: string[] = [];
  for (const wanted of endpoints) {
    const { key } = await endpointAction(home, wanted);
    const action = await app.db.prisma.automation.findFirstOrThrow({ where: { workspaceId: workspace.uuid, key } });
    runs.push((await workspace.run({ uuid: action.id, id: '', key })).uuid);
  }
  const codes = [
    'console.log(secrets.OWN, secrets); console.error(JSON.stringify(secrets)); return { ...secrets, [secrets.OWN]: btoa(secrets.OWN) }',
    'throw new Error("x".repeat(1950) + secrets.OWN)',
    'throw new Error(secrets.OWN)',
    'return [encodeURIComponent(secrets.OWN), Number(secrets.PIN), secrets.OWN.split(""), "PIN " + secrets.PIN].slice(0, 2)',
    `const answer = await (await fetch(${JSON.stringify(echo.url)} + '/' + encodeURIComponent(secrets.OWN), { method: 'POST', headers: { authorization: 'Bearer ' + secrets.PIN }, body: secrets.OWN })).json(); console.log(answer); return answer`,
    'console.log("y".repeat(15990) + secrets.OWN); return 1',
  ];
  const btoa = `const btoa = (text) => { const bytes = new TextEncoder().encode(text); const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'; let out = ''; for (let i = 0; i < bytes.length; i += 3) { const n = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0); out += letters[n >> 18] + letters[(n >> 12) & 63] + letters[(n >> 6) & 63] + letters[n & 63]; } return out };`;
  for (const code of codes) {
    const action = await workspace.action({ code: `${btoa}\nexport default async (input, { secrets }) => { ${code} }` });
    await transact(app, workspace.owner, (work) =>
      putSecrets(work, { workspaceId: workspace.uuid, owner: 'AUTOMATION', ownerId: action.uuid }, own.action),
    );
    runs.push((await workspace.run(action)).uuid);
  }
  await vi.waitFor(async () => {
    const found = await app.db.prisma.run.findMany({ where: { id: { in: runs } } });
    expect(found.filter((run) => isFinal(run.status))).toHaveLength(runs.length);
  }, soon);
  await vi.waitFor(() => expect(events.filter((event) => event.includes('RUN_FINISHED'))).toHaveLength(runs.length), soon);

  // It was all sent and said back, so there was something to take out.
  const sent = JSON.stringify(echo.received);
  for (const value of [canaries.workspace, canaries.action, canaries.number])
    expect(
      looks(value).some((look) => sent.includes(look)),
      value,
    ).toBe(true);
  expect(echo.received.some(({ headers }) => headers.authorization === `Bearer ${canaries.token}`)).toBe(true);

  const shown: unknown[] = [];
  for (const run of runs)
    shown.push(
      await millrace.ask(
        token,
        `query ($id: ID!) { node(id: $id) { ... on Run { output error { code message } steps { output error { message } attempts { error { message } } }
          effects { nodes: edges { node { url host idempotencyKey error { message } request { headers body } response { headers body } } } } } } }`,
        { id: encodeId('Run', run) },
      ),
    );
  const graph = JSON.stringify(shown);
  expect(graph).toContain('[redacted]');
  expect(graph).not.toContain('"errors":[{');
  const places: Readonly<Record<string, string>> = {
    rows: await rows(app),
    feed: events.join('\n'),
    graph,
    redis: await redisOf(millrace.installation.prefix),
    metrics: await app.metrics.registry.metrics(),
    log: readFileSync(logFile, 'utf8'),
  };
  expect(places['rows']).toContain('"Effect"'.replaceAll('"', ''));
  for (const [name, value] of Object.entries(canaries)) expect(told(value, places), name).toEqual([]);
  await millrace.close();
});
