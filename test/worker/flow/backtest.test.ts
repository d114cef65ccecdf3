import { parse, subscribe, type ExecutionResult } from 'graphql';
import { expect, test } from 'vitest';
import { buildSchema } from '#schema/index';
import { newId } from '#platform/ids';
import { testEngine } from '#test/support/engine';
import { flowGraph, flowId, workspaceId } from '#test/support/flow-graph';

type Progress = Readonly<Record<string, unknown>>;

const document =
  parse(`subscription ($input: BacktestFlowInput!) { backtestFlow(input: $input) { done total truncated matched notMet failed skipped finished
  matches { entity } misses { entity failed { text values { text value } } } failures { code message } volumes { events matched failed } differences { gained lost same unknown } } }`);
const range = { from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };

async function backtesting() {
  const engine = await testEngine();
  engine.work();
  const schema = buildSchema();
  const { app } = engine;
  const open = async (input: object, viewer = engine.viewer) =>
    (await subscribe({
      schema,
      document,
      variableValues: { input: { ...range, ...input } },
      contextValue: { app, viewer, requestId: newId(), publicUrl: 'https://millrace.test' },
    })) as AsyncGenerator<ExecutionResult> | ExecutionResult;
  return {
    engine,
    ...(await flowGraph(engine)),
    open,
    backtest: async (input: object, viewer = engine.viewer): Promise<readonly Progress[]> => {
      const stream = await open(input, viewer);
      if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
      const told: Progress[] = [];
      for await (const { data, errors } of stream) {
        expect(errors).toBeUndefined();
        told.push(data?.['backtestFlow'] as Progress);
      }
      return told;
    },
  };
}

const onUpdate = (stage: string) => [
  {
    event: {
      events: ['update'],
      conditions: [
        { field: 'data.blueprintId', operator: 'eq', value: 'service' },
        { field: 'data.properties.stage', operator: 'eq', value: stage },
      ],
    },
  },
];

test('a back-test tells which stored events would have started a flow, why others would not, and what is other than it was', async () => {
  const { engine, flow, make, change, settled, backtest } = await backtesting();
  const id = await flow('live', { triggers: onUpdate('live') });
  const [pay, buy, team] = [await make('service', 'pay'), await make('service', 'buy'), await make('team', 'core')];
  await change(pay, { properties: { stage: 'live' } });
  await change(buy, { properties: { stage: 'beta' } });
  await change(team, { properties: { lead: 'ann' } });
  await settled();
  const runs = await engine.app.db.prisma.run.count();
  const saved = await backtest({ flow: flowId(id) });
  expect(saved.at(0)).toMatchObject({ done: 0, total: 2, finished: false, matches: [] });
  expect(saved.at(-1)).toMatchObject({
    done: 2,
    matched: 1,
    notMet: 1,
    finished: true,
    truncated: false,
    matches: [{ entity: expect.any(String) as string }],
    misses: [{ failed: { text: 'data.properties.stage eq "live"', values: [{ text: 'data.properties.stage', value: 'beta' }] } }],
    volumes: [{ events: 2, matched: 1, failed: 0 }],
    differences: { gained: 0, lost: 0, same: 2, unknown: 0 },
  });
  const draft = { triggers: onUpdate('beta') };
  const changed = (await backtest({ flow: flowId(id), draft })).at(-1);
  expect(changed).toMatchObject({ matched: 1, differences: { gained: 1, lost: 1, same: 0, unknown: 0 } });
  const alone = { workspace: workspaceId(engine.workspace.workspaceId), triggers: [{ event: { events: ['create'] } }] };
  expect((await backtest({ draft: alone, limit: 2 })).at(-1)).toMatchObject({ done: 2, truncated: true, matched: 2, differences: null });
  expect(await engine.app.db.prisma.run.count()).toBe(runs);
});

test('a back-test ends with its subscription, and is one at a time', async () => {
  const { engine, flow, make, settled, open, backtest } = await backtesting();
  const id = await flow('any', { triggers: [{ event: { events: ['create'] } }] });
  await make('service', 'pay');
  await settled();
  const first = await open({ flow: flowId(id) });
  if (!(Symbol.asyncIterator in first)) throw new Error('It was refused.');
  await first.next();
  expect(await open({ flow: flowId(id) })).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  await first.return(undefined);
  expect((await backtest({ flow: flowId(id) })).at(-1)).toMatchObject({ finished: true, matched: 1 });
  const { viewer: reader } = await engine.workspace.token('VIEWER');
  expect(await open({ draft: { triggers: [] } }, reader)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  expect(await open({ flow: flowId(newId()) })).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
});
