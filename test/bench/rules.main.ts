import { once } from 'node:events';
import { type Sql, openDatabase } from '#platform/db/database';
import { checkRule } from '#language/rule/check';
import { completeRule } from '#language/rule/complete';
import { hoverRule } from '#language/rule/hover';
import { parseRule } from '#language/rule/parse';
import { evaluateRule } from '#language/rule/run';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { considerRule } from '#domain/rule/rule.execute.service';
import { createRuleShelf } from '#domain/rule/rule.load';
import { matchRules } from '#domain/rule/rule.match';
import { changeOf } from '#domain/rule/rule.pass.service';
import { RecordReader } from '#domain/rule/rule.reader';
import { read, ruleText, t1, typesFor, worldFor } from '#test/unit/language/rule/fixture';
import { hostileDrafts, hostileRules } from '#test/unit/language/rule/hostile';
import { type Figure, figure, percentile } from './figure.js';
import { now } from './pace.js';
import { quietRules } from './rules.seeded.js';
import { measureTemplates } from './templates.js';

/** What a process is told that measures rules as they are built; it answers with figures. */
export interface Wanted {
  readonly quick: boolean;
  readonly databaseUrl: string;
  readonly workspaceId: string;
  /** A task, which a thousand rules are about. */
  readonly entityId: string;
}

const badge = {
  trigger: 'on status update',
  expressions: [
    'is_assigned: status = assigned',
    'request: change.requests[first]',
    'badge: request.custom_fields.badge',
    "badge_task: change.tasks['Prepare a security badge']",
  ].join('\n'),
  condition: 'is_assigned and !badge',
  actions: "a1: update badge_task add note 'Not needed.'\na2: update badge_task set status = canceled",
};

async function measureLanguage({ quick }: Wanted): Promise<Figure[]> {
  const lines = Array.from(
    { length: 100 },
    (_, n) => `e${n}: workflow.tasks.select(effort > ${n} and team = 'Service Desk').size + 'abc'.size`,
  );
  const text = ruleText({ ...badge, expressions: [badge.expressions, ...lines].join('\n'), condition: 'e1 > 2' });
  const kilobytes = Buffer.byteLength(Object.values(text).join('')) / 1_024;
  const world = worldFor(t1);
  const rule = read(badge);
  const rounds = Array.from({ length: quick ? 3 : 7 });
  const perKilobyte = rounds.map(() => {
    const begun = now();
    for (let n = 0; n < 10; n += 1) {
      const parsed = parseRule(text);
      if (!parsed.ok || checkRule(parsed.tree, typesFor('task')).length > 0) throw new Error('The rule of the bench is wrong.');
    }
    return (now() - begun) / 10 / kilobytes;
  });
  const rates: number[] = [];
  for (const _ of rounds) {
    const begun = now();
    for (let n = 0; n < 2_000; n += 1) await evaluateRule(rule, world);
    rates.push(2_000 / ((now() - begun) / 1_000));
  }
  return [
    figure({
      name: 'rule-parse',
      about: `to read and check a kilobyte of a rule of ${Math.round(kilobytes)} kB`,
      unit: 'ms',
      rounds: perKilobyte,
    }),
    figure({
      name: 'rule-evaluations',
      about: 'a rule of four expressions, a condition and two actions, over records in memory, one process',
      unit: 'calls/s',
      rounds: rates,
    }),
  ];
}

/** The slowest answer that an editor gets about the texts that the tests have for it. */
function measureHostile({ quick }: Wanted): Figure {
  const types = typesFor('task');
  const slowest = (): { readonly what: string; readonly ms: number } => {
    let worst = { what: '', ms: 0 };
    for (const [name, text] of [...Object.entries(hostileDrafts), ...Object.entries(hostileRules)])
      for (const block of ['expressions', 'condition', 'actions'] as const) {
        const rule = ruleText({ [block]: text });
        const asked = {
          completion: () => completeRule(rule, block, text.length, types),
          hover: () => hoverRule(rule, block, text.length, types),
          check: () => {
            const parsed = parseRule(rule);
            return parsed.ok ? checkRule(parsed.tree, types) : parsed.errors;
          },
        };
        for (const [question, ask] of Object.entries(asked)) {
          const begun = now();
          ask();
          const ms = now() - begun;
          if (ms > worst.ms) worst = { what: `${question} of ${block} of ${name}`, ms };
        }
      }
    return worst;
  };
  const rounds = Array.from({ length: quick ? 3 : 7 }, slowest).slice(1);
  process.stderr.write(`slowest: ${rounds.map(({ what }) => what).join('; ')}\n`);
  const about = 'completion, hover or check of a block of 64 kB that is made to be hard to read, the slowest of some 350 questions';
  return figure({ name: 'rule-hostile', about, unit: 'ms', rounds: rounds.map(({ ms }) => ms), target: { atMost: 100 } });
}

/** The statement that finds the rules of an event, as the worker asks it; and with it the evaluation of their conditions, none of which is met. */
async function measureMatching(sql: Sql, { quick, workspaceId, entityId }: Wanted): Promise<Figure[]> {
  const event = {
    id: '00000000-0000-4000-8000-000000000000',
    workspaceId,
    entityId,
    type: 'entity.updated',
    blueprint: 'task',
    changed: ['status'],
    previous: { status: 'registered' },
    data: {},
  } as unknown as ClaimedEvent;
  const shelf = createRuleShelf();
  const round = async (): Promise<{ readonly found: number; readonly evaluated: number }> => {
    const begun = now();
    const matched = (await matchRules(sql, [event])).get(event.id) ?? [];
    const found = now() - begun;
    const [{ all }, loaded] = await Promise.all([
      loadBlueprints(sql, workspaceId),
      shelf.rules(
        sql,
        matched.map(({ versionId }) => versionId),
      ),
    ]);
    const reader = new RecordReader(sql, workspaceId, all);
    const record = await reader.record(entityId);
    if (record === null) throw new Error('The record of the bench is gone.');
    let unmet = 0;
    for (const { versionId, name } of matched) {
      const rule = loaded.get(versionId);
      const types = shelf.types(all, record.blueprint, false);
      const subject = { reader, types, record, change: changeOf(event), instance: null, scopes: [], now: new Date(begun) };
      const evaluated = rule === undefined ? null : considerRule({ ...rule, name, app: null }, subject);
      if ((evaluated instanceof Promise ? await evaluated : evaluated)?.outcome === 'NOT_MET') unmet += 1;
    }
    if (unmet !== quietRules) throw new Error(`${unmet} of ${matched.length} rules instead of ${quietRules}.`);
    return { found, evaluated: now() - begun };
  };
  const rounds: { readonly found: number; readonly evaluated: number }[][] = [];
  for (let nth = 0; nth < (quick ? 3 : 6); nth += 1) {
    const took: { readonly found: number; readonly evaluated: number }[] = [];
    for (let n = 0; n < 100; n += 1) took.push(await round());
    if (nth > 0) rounds.push(took);
  }
  const p99 = (name: string, about: string, part: 'found' | 'evaluated', target: object) =>
    figure({
      name,
      about,
      unit: 'ms',
      rounds: rounds.map((took) =>
        percentile(
          took.map((one) => one[part]),
          0.99,
        ),
      ),
      overall: percentile(
        rounds.flatMap((took) => took.map((one) => one[part])),
        0.99,
      ),
      ...target,
    });
  const all = `all ${quietRules} of which it concerns`;
  return [
    p99('rules-matching-p99', `to find the rules of one event, ${all}; p99`, 'found', {}),
    p99('rules-matching-evaluated-p99', `to find the rules of one event, ${all}, and to evaluate their conditions; p99`, 'evaluated', {
      target: { atMost: 10 },
    }),
  ];
}

const [wanted] = (await once(process, 'message')) as [Wanted];
const db = openDatabase({ url: wanted.databaseUrl, pool: 2, statementMs: 60_000, migrateAtStart: false }, { onIdleError: () => undefined });
try {
  process.send?.([
    ...(await measureLanguage(wanted)),
    measureHostile(wanted),
    measureTemplates(wanted.quick),
    ...(await measureMatching(db.sql, wanted)),
  ]);
} finally {
  await db.close();
  process.disconnect();
}
