import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { type Client, createClient } from '#client/index';
import { atEnd } from '#test/support/at-end';
import { npmStart } from '#test/support/npm-start';

interface Block {
  readonly language: string;
  readonly text: string;
  /** The answer that stands right after it: one JSON value, or several in their order. */
  readonly answers: readonly unknown[];
}

function blocksOf(readme: string): Block[] {
  const found = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
  return found.flatMap(({ language, text }, index) => {
    if (language === 'json') return [];
    const next = found[index + 1];
    return [
      {
        language,
        text,
        answers: next?.language === 'json' ? next.text.split(/\n(?=\{)/).map((answer): unknown => JSON.parse(answer)) : [],
      },
    ];
  });
}

/** What differs from one instance to another is reduced to what it is. */
function shape(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => shape(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item, key)]));
  if (typeof value !== 'string') return value;
  if (/^(cursor|endCursor)$/.test(name)) return 'a cursor';
  return value
    .replace(/^([a-z]+)_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '$1_')
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'a time')
    .replace(/^PT[\d.]+S$/, 'a duration');
}

/** A picture without what differs from run to run: what was done, and how it ended. */
function deeds(svg: string): readonly string[] {
  const said = [...svg.matchAll(/<(?:title|desc)\b[^>]*>(.*?)<\/(?:title|desc)>/gs)].map(([, text = '']) => text);
  return said.filter((text) => !/^(?:Queued|Running)/.test(text)).map((text) => text.replaceAll(/\d+(?:\.\d+)? (?:ms|s)\b/g, 'a while'));
}

/** The style of a picture, which is the renderer's and not the run's. */
function style(svg: string): string {
  return (/<style>.*?<\/style>/s.exec(svg)?.[0] ?? '').replaceAll(/\.run-[\w-]+/g, '.run');
}

/** Runs the documents of the README in their order, as a reader would: variables and `...` are filled in with the run at hand. Answers the last run. */
async function runDocuments(client: Client, blocks: readonly Block[]): Promise<string> {
  const trigger = blocks.find(({ text }) => text.includes('triggerAction(input'))?.text ?? '';
  let runId = '';
  for (const { text, answers } of blocks) {
    const document = text.replace('id: "..."', `id: "${runId}"`);
    let got: unknown[];
    if (document.includes('runUpdated')) {
      await finished(client, runId);
      got = [];
      for await (const result of client.subscribe<unknown, { id: string }>(document, { id: runId })) got.push(result);
    } else if (document.includes('runEvents')) got = await eventsOfOneRun(client, document, trigger, answers.length);
    else {
      const answer = await client.request<{ triggerAction?: { run?: { id: string } } }, Record<string, never>>(document, {});
      runId = answer.triggerAction?.run?.id ?? runId;
      got = [answer];
    }
    expect(shape(got), text).toEqual(shape(answers));
  }
  return runId;
}

async function finished(client: Client, id: string): Promise<void> {
  for await (const { runUpdated } of client.subscribe<{ runUpdated: { finishedAt: string | null } }, { id: string }>(
    'subscription ($id: ID!) { runUpdated(id: $id) { finishedAt } }',
    { id },
  ))
    if (runUpdated.finishedAt !== null) return;
}

interface Follows {
  readonly runEvents: { readonly sequence: number; readonly run: { readonly id: string } };
}

/** The feed tells of what comes after it has begun, which shows in the first run that is heard of from its beginning. */
async function eventsOfOneRun(client: Client, document: string, trigger: string, count: number): Promise<unknown[]> {
  const runs = new Map<string, Follows[]>();
  const again = () => void client.request(trigger).catch(() => undefined);
  again();
  const timer = setInterval(again, 1_000);
  try {
    for await (const event of client.subscribe<Follows, Record<string, never>>(document, {})) {
      const {
        sequence,
        run: { id },
      } = event.runEvents;
      const earlier = runs.get(id);
      if (earlier === undefined && sequence > 1) continue;
      const events = [...(earlier ?? []), event];
      if (events.length === count) return events;
      runs.set(id, events);
    }
    return [];
  } finally {
    clearInterval(timer);
  }
}

test('every command and every document of the README does what the README says', { timeout: 180_000 }, async () => {
  const readme = await readFile('README.md', 'utf8');
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
  expect(readme.split('\n').length).toBeLessThan(150);
  const blocks = blocksOf(readme);

  const dir = await mkdtemp(path.join(tmpdir(), 'millrace-readme-'));
  await chmod(dir, 0o755);
  atEnd(() => rm(dir, { recursive: true, force: true }));
  // `npm ci` is the tree that this test runs in; the rest of the two commands is what these scripts run.
  expect(blocks.filter(({ text }) => text.startsWith('npm ci')).map(({ text }) => text)).toEqual([
    'npm ci && npm start\n',
    'npm ci && npm test\n',
  ]);
  expect(scripts).toMatchObject({ start: 'exec node --conditions=source --import tsx src/cli/main.ts dev', test: 'vitest run' });
  const instance = await npmStart(dir);
  const box = blocks.find(({ language }) => language === 'text')?.text ?? '';
  const facts = (text: string) => text.replaceAll(/mr_[\w-]{43}/g, 'mr_').replaceAll(/127\.0\.0\.1:\d+/g, 'here');
  await vi.waitFor(() => expect(facts(instance.printed())).toContain(facts(box)), { timeout: 10_000, interval: 25 });

  const client = createClient({ url: instance.url, token: instance.token });
  atEnd(() => client.close());
  const lastRun = await runDocuments(
    client,
    blocks.filter(({ language }) => language === 'graphql'),
  );

  // The picture in the README is one of that run, as `timelineSvg` answered it.
  await finished(client, lastRun);
  const { run } = await client.request<{ run: { timelineSvg: string } }, { id: string }>(
    'query ($id: ID!) { run(id: $id) { timelineSvg } }',
    {
      id: lastRun,
    },
  );
  expect(readme).toContain('](docs/timeline.svg)');
  const shown = await readFile('docs/timeline.svg', 'utf8');
  expect(deeds(shown), `docs/timeline.svg is no picture of this run, which is:\n${run.timelineSvg}`).toEqual(deeds(run.timelineSvg));
  expect(style(shown)).toBe(style(run.timelineSvg));

  for (const { text, answers } of blocks.filter(({ language, text: command }) => language === 'sh' && !command.startsWith('npm ci'))) {
    const command = text.replaceAll('http://127.0.0.1:4000', new URL(instance.url).origin);
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: dir });
    expect([JSON.parse(stdout)], text).toEqual(answers);
  }
  expect(await instance.interrupt()).toBe(0);
});
