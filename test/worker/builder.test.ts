import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BuildRequest } from '#platform/build/build';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { transact } from '#platform/work/work';
import { newId } from '#platform/ids';
import { claimBuild, failBuild, finishBuild, markPackaged, releaseBuild, renewBuild, retryBuild } from '#domain/code/build.claim';
import { createAction } from '#domain/action/action.service';
import { createNamespace, deleteNamespace } from '#domain/run/namespace.service';
import { forgetBuilds } from '#domain/code/build.forget';
import { type Engine, testEngine } from '#test/support/engine';
import { type Registry, startRegistry } from '#test/support/registry';
import { startWorker } from '#worker/worker';

const soon = { timeout: 30_000, interval: 50 };

let registry: Registry;
beforeAll(async () => {
  registry = await startRegistry([{ name: 'dep', version: '1.2.3', files: { 'index.js': 'module.exports = 42;' } }]);
});
afterAll(() => registry.close());
beforeEach(() => registry.hold(null));

function engineOf(settings: Readonly<Record<string, string>> = {}): Promise<Engine> {
  return testEngine({ DEPENDENCIES_REGISTRY: registry.url, ...settings });
}

/** Asks for a build as a save does. */
async function ask({ app }: Engine, request: Partial<BuildRequest>, more: { readonly attempts?: number } = {}): Promise<string> {
  const whole = { code: 'export default () => 1', language: 'TYPESCRIPT', dependencies: [], modules: [], handlers: [], ...request };
  const hash = createHash('sha256').update(JSON.stringify(whole)).digest('hex');
  await app.db.prisma.build.create({ data: { hash, request: whole as unknown as Prisma.InputJsonObject, ...more } });
  app.wake.send('builds');
  return hash;
}

const buildIn = ({ app }: Engine, hash: string) => app.db.prisma.build.findUniqueOrThrow({ where: { hash } });

function becomes(engine: Engine, hash: string, fields: object): Promise<void> {
  return vi.waitFor(async () => expect(await buildIn(engine, hash)).toMatchObject(fields), soon);
}

const withDep = { code: "import dep from 'dep'; export default () => dep;", dependencies: [{ name: 'dep', version: '^1.0.0' }] };

describe('a worker builds what a save asked for', () => {
  it('with its dependencies as they were resolved, or says what is wrong', async () => {
    const engine = await engineOf();
    engine.work();
    const good = await ask(engine, withDep);
    const fatal = await ask(engine, { code: 'export default 5' }, { attempts: 5 });
    const bad = await ask(engine, { code: 'export default () => {\n  const a: = 1;\n}' });
    await becomes(engine, good, {
      status: 'BUILT',
      resolved: [{ name: 'dep', version: '1.2.3' }],
      errors: [],
      attempts: 1,
      leaseOwner: null,
    });
    await becomes(engine, bad, { status: 'FAILED', bundle: null, errors: [{ id: 'syntax', line: 2, column: 12 }] });
    await becomes(engine, fatal, { status: 'FAILED', errors: [{ message: 'It was tried 5 times. Its worker was lost each time.' }] });
    const { bundle, builtAt, sourceMap } = await buildIn(engine, good);
    expect(bundle).toContain('42');
    expect(sourceMap).toContain('action:code');
    expect(builtAt).not.toBeNull();
  });

  it('again and again while the registry is away, with the reason, at most five times', async () => {
    const engine = await engineOf({ DEPENDENCIES_REGISTRY: 'http://127.0.0.1:9' });
    engine.work();
    const reason = 'The dependencies could not be installed: npm says ECONNREFUSED.';
    const hash = await ask(engine, withDep);
    await becomes(engine, hash, { status: 'RETRYING', attempts: 1, leaseOwner: null, errors: [{ id: 'not_built', message: reason }] });
    await engine.app.db.prisma.build.update({ where: { hash }, data: { notBefore: null, attempts: 4 } });
    await becomes(engine, hash, { status: 'FAILED', attempts: 5, errors: [{ message: `It was tried 5 times. ${reason}` }] });
  });
});

describe('when a worker', () => {
  it('is killed while it builds, another one builds', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'builder-test-'));
    onTestFinished(() => rmSync(temporary, { recursive: true }));
    const engine = await engineOf({ TMPDIR: temporary });
    registry.hold('/dep');
    const hash = await ask(engine, withDep);
    const asked = registry.asked.length;
    const first = engine.worker();
    await vi.waitFor(() => expect(registry.asked.length).toBeGreaterThan(asked), soon);
    await becomes(engine, hash, { status: 'BUILDING' });
    await first.kill('SIGKILL');
    // What it was installing ends with it.
    await vi.waitFor(() => expect(registry.open()).toBe(0), soon);
    registry.hold(null);
    engine.work();
    await becomes(engine, hash, { status: 'BUILT', attempts: 2 });
  });

  it('stops, it gives back what it builds at once', async () => {
    const engine = await engineOf();
    registry.hold('/dep');
    const hash = await ask(engine, withDep);
    const worker = startWorker(engine.app);
    await becomes(engine, hash, { status: 'BUILDING' });
    await worker.close();
    expect(await buildIn(engine, hash)).toMatchObject({ status: 'PENDING', attempts: 0, leaseOwner: null });
  });

  it('is late, what it writes changes nothing', async () => {
    const engine = await engineOf();
    const { sql } = engine.app.db;
    const [late, next] = [newId(), newId()];
    const hash = await ask(engine, {});
    const first = await claimBuild(sql, late, 1);
    if (first === null) throw new Error('There is a build to claim.');
    const second = await vi.waitFor(async () => {
      const claimed = await claimBuild(sql, next, 60_000);
      if (claimed === null) throw new Error('The lease is not over.');
      return claimed;
    });
    expect(await claimBuild(sql, late, 60_000)).toBeNull();
    const result = { bundle: 'stale', sourceMap: null, dependencies: [] };
    expect([
      await renewBuild(sql, late, first, 60_000),
      await markPackaged(sql, late, first),
      await finishBuild(sql, late, first, result),
      await failBuild(sql, late, first, []),
      await retryBuild(sql, late, first, [], 1),
    ]).toEqual([false, false, false, false, false]);
    await releaseBuild(sql, late, first);
    expect(await buildIn(engine, hash)).toMatchObject({ status: 'BUILDING', attempts: 2, leaseOwner: next });
    expect(await finishBuild(sql, next, second, { ...result, bundle: 'good' })).toBe(true);
    expect(await failBuild(sql, next, second, [])).toBe(false);
    expect(await buildIn(engine, hash)).toMatchObject({ status: 'BUILT', bundle: 'good' });
  });
});

it('a build is deleted when it was made a day ago and neither a draft nor what was ever live has it', async () => {
  const engine = await engineOf();
  const { prisma, sql } = engine.app.db;
  const action = { workspaceId: engine.workspace.workspaceId, language: 'TYPESCRIPT' } as const;
  const hashOf = (code: string) =>
    prisma.build.findFirstOrThrow({ where: { request: { path: ['code'], equals: code } } }).then(({ hash }) => hash);
  await transact(engine.app, engine.viewer, (work) => createAction(work, { ...action, name: 'Drafted', code: 'export default () => 1;' }));
  const drafted = await hashOf('export default () => 1;');
  const [live, fresh, open, gone] = [
    await ask(engine, { code: 'export default () => 2;' }),
    await ask(engine, { code: 'export default () => 3;' }),
    await ask(engine, { code: 'export default () => 4;' }),
    await ask(engine, { code: 'export default () => 5;' }),
  ];
  await prisma.plan.create({ data: { hash: 'live', document: { steps: [{ id: '1', args: { build: live } }] } } });
  const yesterday = new Date(Date.now() - 86_500_000);
  await prisma.build.updateMany({ where: { hash: { not: open } }, data: { status: 'BUILT', updatedAt: yesterday } });
  await prisma.build.update({ where: { hash: open }, data: { updatedAt: yesterday } });
  await prisma.build.update({ where: { hash: fresh }, data: { updatedAt: new Date() } });
  expect(await forgetBuilds(sql)).toBe(1);
  expect((await prisma.build.findMany()).map(({ hash }) => hash).sort()).toEqual([drafted, live, fresh, open].sort());
  expect(await prisma.build.findUnique({ where: { hash: gone } })).toBeNull();
});

it('leaves a draft a draft whose namespace is gone when it is built', async () => {
  const engine = await engineOf();
  const { app, viewer, workspace } = engine;
  const { workspaceId } = workspace;
  const place = { workspaceId, key: 'going' };
  await transact(app, viewer, (work) => createNamespace(work, { ...place, name: 'Going' }));
  const code = 'export default () => 6;';
  const id = await transact(app, viewer, (work) =>
    createAction(work, { workspaceId, name: 'Late', language: 'TYPESCRIPT', code, namespace: { key: 'going' } }),
  );
  await transact(app, viewer, (work) => deleteNamespace(work, place));
  engine.work();
  const draft = () => app.db.prisma.automationDraft.findUniqueOrThrow({ where: { automationId: id }, include: { build: true } });
  await vi.waitFor(async () => expect(await draft()).toMatchObject({ deployWhenBuilt: false, build: { status: 'BUILT' } }), soon);
  expect(await app.db.prisma.automationVersion.count()).toBe(0);
});
