import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type GraphQLInputObjectType, type GraphQLSchema, isInputObjectType } from 'graphql';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { EntityEventsDocument, RunEventsDocument } from '#client/index';
import { eventCursor } from '#domain/event/event.feed.cursor';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import { buildSchema } from '#schema/index';
import { mutations } from '#test/api/access.table';
import { type World, makeWorld } from '#test/api/access.world';
import { type Millrace, startMillrace } from '#test/support/api';
import { atEnd } from '#test/support/at-end';
import { codeOf, mutateOn, type Result } from '#test/support/mutate';
import { redisOf, rows, told } from '#test/support/planted';
import { pointsOf } from '#test/support/points';
import { receiver } from '#test/support/receiver';
import { seed } from '#test/support/seed';
import { placesOf } from './places.js';

// Every place of the schema where a secret is written gets a value of its own, which is then looked for wherever anybody reads.

vi.setConfig({ testTimeout: 300_000 });
const soon = { timeout: 120_000, interval: 100 };

const schema: GraphQLSchema = buildSchema();

function inputOf(name: string): GraphQLInputObjectType {
  const type = schema.getType(`${name.charAt(0).toUpperCase()}${name.slice(1)}Input`);
  if (!isInputObjectType(type)) throw new Error(`${name} takes no input.`);
  return type;
}

const isSecret = (name: string, at: string): boolean =>
  /(^|\.)(secret|password|clientSecret|bearer\.token|apiKey\.value|secrets\.0\.value)$/.test(at) ||
  (name === 'setSecret' && at === 'value');
const spots = Object.keys(mutations).flatMap((name) =>
  placesOf(inputOf(name))
    .filter(({ path: at }) => isSecret(name, at.join('.')))
    .map(({ path: at }) => ({ name, at })),
);

/** The value in its place, and everything else as it is. */
function putAt(given: unknown, [step, ...rest]: readonly string[], value: string): unknown {
  if (step === undefined) return value;
  if (step === '0') return [putAt(Array.isArray(given) ? given[0] : {}, rest, value)];
  const whole = (given ?? {}) as Readonly<Record<string, unknown>>;
  return { ...whole, [step]: putAt(whole[step], rest, value) };
}

let millrace: Millrace;
let world: World;
const logFile = path.join(tmpdir(), `millrace-planted-${String(process.pid)}.log`);

beforeAll(async () => {
  atEnd(() => rmSync(logFile, { force: true }));
  const settings = {
    LOG_LEVEL: 'trace',
    LOG_FILE: logFile,
    OUTGOING_ALLOW: '127.0.0.1',
    SMTP_URL: 'smtp://millrace:canary-of-smtp@127.0.0.1:1',
    SMTP_FROM: 'millrace@example.com',
  };
  millrace = await startMillrace({ worker: false, settings });
  world = await makeWorld(millrace);
}, 300_000);

/** What anybody reads of this installation, beside what is given. */
async function places(more: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  return {
    rows: await rows(millrace.app),
    redis: await redisOf(millrace.installation.prefix),
    metrics: await millrace.app.metrics.registry.metrics(),
    log: readFileSync(logFile, 'utf8'),
    ...more,
  };
}

describe('a secret that is written', () => {
  /** What belongs to a secret beside its value, by the way to it. */
  const beside: Readonly<Record<string, (of: World) => Readonly<Record<string, unknown>>>> = {
    'settings.apiKey.value': () => ({ settings: { apiKey: { in: 'HEADER', name: 'X-Key' } } }),
    'settings.basic.password': () => ({ settings: { basic: { username: 'ann' } } }),
    'settings.oauth2ClientCredentials.clientSecret': () => ({
      settings: { oauth2ClientCredentials: { tokenUrl: 'https://id.example.com/token', clientId: 'me' } },
    }),
    'secrets.0.value': () => ({ secrets: [{ name: 'HIDDEN' }] }),
    'bindings.0.secrets.0.value': ({ installedAction }) => ({
      triggerPoint: 'post-login',
      bindings: [{ ref: { actionId: installedAction }, secrets: [{ name: 'HIDDEN' }] }],
    }),
  };

  /** The input of a row of access.table.ts with a value in one place, and what it cannot do without. */
  function planting(name: string, at: readonly string[], value: string): Record<string, unknown> {
    const given = { ...mutations[name]?.input(world), ...beside[at.join('.')]?.(world) };
    // It is signed in one way, and has a secret of its own only with another.
    const changed = name === 'updateWebhook' ? { ...given, verification: 'STANDARD_WEBHOOKS', header: null } : given;
    return putAt(changed, at, value) as Record<string, unknown>;
  }

  it('by any mutation, in any field, is told nowhere, also where it is refused', async () => {
    const write = mutateOn(millrace);
    const planted: string[] = [];
    const answers: Result[] = [];
    const taken = new Set<string>();
    for (const { name, at } of spots) {
      const where = `${name} ${at.join('.')}`;
      for (const shape of ['plain', 'signing'] as const) {
        const canary = `canary+${String(planted.length)}/of/${name}`;
        const value = shape === 'plain' ? canary : `whsec_${Buffer.from(canary.padEnd(32, '.')).toString('base64')}`;
        planted.push(shape === 'plain' ? canary : value.slice('whsec_'.length));
        const answer = await write(world.as.owner, name, planting(name, at, value));
        answers.push(answer);
        if (answer.code === undefined) taken.add(where);
      }
    }
    expect(spots.length).toBeGreaterThanOrEqual(20);
    // What could not be planted at all would prove nothing.
    const never = spots.map(({ name, at }) => `${name} ${at.join('.')}`).filter((where) => !taken.has(where));
    // It is bound where it is built, for which there is no worker yet: it is refused, and so is its secret told nowhere.
    expect(never).toEqual(['updateTriggerBindings bindings.0.secrets.0.value']);
    const read = await millrace.ask(
      world.as.owner,
      `{ auditEntries(first: 100) { edges { node { operation change } } } webhooks(first: 50) { edges { node { id name } } }
        exportFlow(ids: ["${world.ids.Flow}"], format: RELYIO)
        csv: exportRules(format: CSV, workspace: "${world.ids.Workspace}") { document } secrets(first: 50) { edges { node { name } } } }`,
    );
    const searched = await places({ graph: JSON.stringify(read.data), errors: JSON.stringify(read.errors) });
    expect(planted.flatMap((canary) => told(canary, searched))).toEqual([]);
    expect(told('canary-of-smtp', { ...searched, answers: JSON.stringify(answers) })).toEqual([]);
  });
});

describe('a secret that is used', () => {
  beforeAll(async () => {
    await millrace.startWorker();
  });

  it('by an action that is bound, is told nowhere by what it throws or logs, nor by what reads bindings', async () => {
    const points = await pointsOf(millrace);
    const canary = 'canary+binding/"8" ?x';
    const body = (text: string) => `exports.onExecutePostLogin = async (event) => { ${text} };`;
    const actions = {
      logs: body('console.log(event.secrets.HIDDEN, JSON.stringify(event.secrets));'),
      throws: body('throw new Error("no: " + JSON.stringify(event.secrets) + event.secrets.HIDDEN);'),
    };
    for (const [key, code] of Object.entries(actions)) {
      await points.action(key, code);
      const bindings = [{ ref: { actionName: key }, secrets: [{ name: 'HIDDEN', value: canary }] }];
      const selection = 'triggerPoint { bindings { id secrets { name updatedAt } } }';
      const bound = await points.mutate(points.owner, 'updateTriggerBindings', { triggerPoint: 'post-login', bindings }, selection);
      expect(codeOf(bound), JSON.stringify(bound)).toBe('UpdateTriggerBindingsSuccess');
      const fired = await points.fire('post-login');
      // It was told to the code, which is what says so.
      expect(fired.run.status).toBe(key === 'logs' ? 'SUCCEEDED' : 'PARTIAL');
      const read = await millrace.ask(
        points.owner,
        '{ runs(first: 10) { edges { node { id output error { message } steps { output error { message } attempts { error { message } } } } } } auditEntries(first: 50) { edges { node { change } } } }',
      );
      expect(read.errors).toEqual([]);
      if (key === 'throws') expect(JSON.stringify(read.data)).toContain('[redacted]');
      expect(told(canary, await places({ answers: JSON.stringify([bound, fired, read]) }))).toEqual([]);
    }
  });

  it('by a flow, is told nowhere by what it throws, logs, sends or gets back', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const canary = 'canary+flow/"7" ?x';
    const echo = await receiver(({ headers, body, url }, response) => {
      response.setHeader('x-echo', encodeURI(String(headers['x-key'])));
      response.writeHead(url === '/bad' ? 500 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ headers, body }));
    });
    const write = mutateOn(millrace);
    const heard: string[] = [];
    const client = millrace.client(token);
    const follow = async (feed: AsyncIterable<unknown>) => {
      for await (const event of feed) heard.push(JSON.stringify(event));
    };
    follow(client.subscribe(RunEventsDocument, { after: encodeCursor(0n) })).catch(() => undefined);
    follow(client.subscribe(EntityEventsDocument, { after: eventCursor.encode(0n) })).catch(() => undefined);
    const call = async (id: string, url: string) => {
      const wanted = {
        workspace: workspace.id,
        name: id,
        method: 'POST',
        url: `${echo.url}${url}`,
        headers: [{ name: 'x-key', value: '{{ secrets.OWN }}' }],
        body: { told: 'a {{ secrets.OWN }} b' },
        output: '{{ body }}',
      };
      const { endpoint, ...refused } = await write(token, 'createEndpoint', wanted, 'endpoint { id }');
      if (endpoint === undefined) throw new Error(JSON.stringify(refused));
      const endpointId = (endpoint as { readonly id: string }).id.replace('ep_', '');
      return { id, kind: 'endpoint', retry: { maxRetries: 0 }, args: { endpointId } };
    };
    const code = (id: string, text: string) => ({
      id,
      kind: 'code',
      args: { code: `export default async (input, { secrets }) => { ${text} }`, input: null },
    });
    const steps = {
      sends: [await call('sends', '/good')],
      fails: [await call('fails', '/bad')],
      calls: [
        { id: 'calls', kind: 'httpRequest', args: { method: 'POST', url: echo.url, headers: { 'x-key': '{{ secrets.OWN }}' }, body: 'b' } },
      ],
      logs: [code('logs', 'console.log(secrets.OWN, secrets); return { said: secrets.OWN };')],
      throws: [code('throws', 'throw new Error("no: " + JSON.stringify(secrets));')],
    };
    const runs: string[] = [];
    for (const [key, of] of Object.entries(steps)) {
      const flow = { workspace: workspace.id, key, name: key, type: 'AUTOMATION', secrets: [{ name: 'OWN', value: canary }], steps: of };
      const created = await write(token, 'createFlow', flow);
      expect(codeOf(created), JSON.stringify(created)).toBe('CreateFlowSuccess');
      const started = await write(token, 'startFlow', { key }, 'run { id }');
      runs.push((started['run'] as { readonly id: string }).id);
    }
    const ended = (run: string) => heard.some((event) => event.includes('RUN_FINISHED') && event.includes(run));
    await vi.waitFor(() => expect(runs.filter(ended)).toEqual(runs), soon);
    expect(echo.received.some(({ body }) => body.includes(JSON.stringify(canary).slice(1, -1)))).toBe(true);
    // Both calls of an endpoint, and the one that the flow writes itself.
    expect(echo.received.map(({ headers }) => headers['x-key'])).toEqual([canary, canary, canary]);
    const graph = [
      await millrace.ask(token, '{ flows { edges { node { id key svg } } } auditEntries(first: 50) { edges { node { change } } } }'),
    ];
    for (const id of runs)
      graph.push(
        await millrace.ask(
          token,
          `query ($id: ID!) { run(id: $id) { input output error { code message } flowSvg flowMermaid steps { output error { message } attempts { error { message } } } } }`,
          { id },
        ),
      );
    expect(graph.flatMap(({ errors }) => errors)).toEqual([]);
    const searched = await places({ feeds: heard.join('\n'), graph: JSON.stringify(graph) });
    expect(searched['graph']).toContain('[redacted]');
    expect(told(canary, searched)).toEqual([]);
  });
});
