import { expect, it } from 'vitest';
import { flows } from '#server/examples/flows';
import { records } from '#server/examples/records';
import { rules } from '#server/examples/rules';
import { startMillrace } from '#test/support/api';
import { seed } from '#test/support/seed';

it('the examples of GraphiQL on records, rules and flows do what they say, one after the other', { timeout: 120_000 }, async () => {
  const millrace = await startMillrace();
  const client = millrace.client(await (await seed(millrace.app).workspace()).token('OWNER'), { transport: 'sse' });
  /** The last id of each kind that an answer had: what a person copies into the variables. */
  const ids = new Map<string, string>();
  const keep = (answer: unknown): void => {
    for (const [id, kind = ''] of JSON.stringify(answer).matchAll(/\b([a-z]{2,3})_[0-9a-f-]{36}\b/g)) ids.set(kind, id);
  };
  /** The errors that are in answers, and not beside them. */
  const refusals = (answer: unknown) => [...JSON.stringify(answer).matchAll(/"__typename":"(\w+Error)"/g)].map(([, name]) => name);
  const settled = () => expect.poll(() => millrace.app.db.prisma.event.count({ where: { passedAt: null } }), { timeout: 20_000 }).toBe(0);
  const answers = new Map<string, unknown>();
  for (const { query, variables = '{}' } of [...records, ...rules, ...flows]) {
    await settled();
    const filled = JSON.parse(
      variables.replaceAll(/"([a-z]{2,3})_\.\.\."/g, (_all, kind: string) => JSON.stringify(ids.get(kind))),
    ) as object;
    const name = /^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1] ?? '';
    const answer: unknown = /^subscription/m.test(query)
      ? await followed(name, client.subscribe<unknown, object>(query, filled))
      : await client.request<unknown, object>(query, filled);
    expect(refusals(answer), name).toEqual([]);
    keep(answer);
    answers.set(name, answer);
  }
  expect(answers.get('Entities')).toMatchObject({
    entities: { totalCount: 1, edges: [{ node: { name: 'A laptop for Ann', requested: { edges: [{ node: { name: 'Ann' } }] } } }] },
  });
  expect(answers.get('EntityHistory')).toMatchObject({
    entity: {
      properties: { impact: 'high' },
      notes: { edges: [{ node: { text: 'Please hurry.' } }, { node: { text: 'Raised for Ann.', actorName: 'Hurry' } }] },
    },
  });
  expect(answers.get('TestRule')).toMatchObject({ testRule: { test: { outcome: 'MET' } } });
  expect(answers.get('BacktestRule')).toMatchObject({ backtestRule: { finished: true, matched: 1 } });
  expect(answers.get('Rules')).toMatchObject({ rules: { edges: [{ node: { key: 'hurry', counters: { succeeded: 1, failed: 0 } } }] } });
  expect(answers.get('FlowPicture')).toMatchObject({ flow: { svg: expect.stringContaining('How big is it?') as string } });
  expect(answers.get('FlowRuns')).toMatchObject({
    runs: { edges: [{ node: { flowSvg: expect.stringContaining('How big is it?') as string } }] },
  });
  expect(answers.get('ExportRules')).toMatchObject({ exportRules: { count: 1 } });

  /** Of a back-test its end; what happens to records is asked for and left. */
  async function followed(name: string, results: AsyncIterableIterator<unknown>): Promise<unknown> {
    let last: unknown = null;
    if (name === 'BacktestRule') for await (const result of results) last = result;
    else {
      const first = results.next();
      const text = `mutation { updateEntity(input: { blueprint: "request", key: "laptop", labels: ["seen"] }) { __typename } }`;
      const stop = setInterval(() => void client.request(text.replace('seen', `seen ${String(Math.random())}`)), 200);
      last = (await first).value;
      clearInterval(stop);
      await results.return?.();
    }
    return last;
  }
});
