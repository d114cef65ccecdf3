import { setImmediate } from 'node:timers/promises';
import { type Answer, after, otherwise } from '#language/rule/answer';
import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import { isDatabaseAway, isSerializationFailure } from '#platform/db/symptoms';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transactPlainly } from '#platform/work/work';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { type Cause, linkOf, tellAll } from '#domain/event/event.emit.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import type { BlueprintSpec } from '#domain/record/blueprint.spec';
import type { Sharing, SharingWork } from '#domain/record/entity.write.service';
import type { Viewer } from '#domain/tenant/viewer';
import type { PlainWork } from '#domain/work';
import {
  considerRule,
  type EvaluatedRule,
  type ExecutedRule,
  executeRule,
  type RuleSubject,
  type RunnableRule,
} from './rule.execute.service.js';
import { failedRule, giveUpRules, mostLost } from './rule.give-up.js';
import { type ActingInstance, loadInstances, type LoadedRule, type RuleShelf } from './rule.load.js';
import { dueRule, type MatchedRule } from './rule.match.js';
import { EventLost, goBack, markPlace, recordRules, type RuleEntry } from './rule.record.js';
import { RecordReader } from './rule.reader.js';
import type { RuleChange } from './rule.world.js';

/** Deepest chain of automations; what goes on from there is cut. */
export const mostDepth = 10;
/** Rules whose actions commit together, and how long their transaction may last: until then nobody else changes their records. */
const mostTogether = 50;
const mostTogetherMs = 500;
/** Times that a transaction is tried again which lost a deadlock. */
const mostTries = 4;
/** Leases after which a fault of ours is told at the rule that met it, so that the others are not kept from their turn for ever. */
const mostLeases = 5;
/** How long rules are evaluated before others have their turn. */
const longestTurnMs = 20;
/** Rules whose evaluations are written together. */
const mostUnwritten = 100;

/** What a pass needs beside the platform. */
export interface PassParts {
  readonly platform: Platform;
  readonly shelf: RuleShelf;
}

/** What came of a pass. */
export interface Passed {
  readonly outcomes: readonly EvaluationOutcome[];
  /** Whether something is to be sent. */
  readonly delivers: boolean;
  /** When the first timer that was set is due; null: none was set. */
  readonly dueAt: Date | null;
}

/** Something that no rule is to blame for, met while one was executed. */
class FaultAt extends Error {
  override readonly name = 'FaultAt';
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super('A rule could not be executed.', { cause });
    this.index = index;
  }
}

/** A rule failed after it had written, or their events did: everything begins again, with a place to go back to before each rule. */
class WroteAndFailed extends Error {
  override readonly name = 'WroteAndFailed';
}

interface Pass {
  readonly platform: Platform;
  readonly shelf: RuleShelf;
  readonly event: ClaimedEvent;
  readonly entityId: string;
  readonly rules: readonly MatchedRule[];
  readonly loaded: ReadonlyMap<string, LoadedRule>;
  readonly instances: ReadonlyMap<string, ActingInstance>;
  readonly blueprints: readonly BlueprintSpec[];
  readonly change: RuleChange;
  /** What was decided and is not written yet. */
  readonly entries: RuleEntry[];
  /** Others take the event after its rules. */
  readonly more: boolean;
  readonly told: { outcomes: EvaluationOutcome[]; delivers: boolean; dueAt: Date | null };
}

/**
 * Evaluates the rules that an event concerns, in their order, and does what they want. Each takes effect once, whoever is killed when: what
 * it did commits with the record of its evaluation, and its actions are all done or none. Throws EventLost where another worker has the
 * event, and what is the database's fault; the event is then left to its lease. `more`: it has not
 * passed afterwards, for flows have their turn.
 */
export async function passEvent(
  { platform, shelf }: PassParts,
  event: ClaimedEvent,
  rules: readonly MatchedRule[],
  more = false,
): Promise<Passed> {
  const told: Pass['told'] = { outcomes: [], delivers: false, dueAt: null };
  const { entityId } = event;
  if (entityId === null || rules.length === 0) {
    const gone = event.held ? [] : goneRule(event, platform.clock.now());
    if (gone.length > 0 || !more) await recordRules(platform.db.sql, event, gone, !more);
    return { ...told, outcomes: gone.map(({ outcome }) => outcome) };
  }
  const giveUp = async (rest: readonly MatchedRule[]): Promise<Passed> => {
    const entries = await giveUpRules(platform, event, entityId, rest, more);
    return { ...told, outcomes: [...told.outcomes, ...entries.map(({ outcome }) => outcome)] };
  };
  if (event.lost >= mostLost) {
    platform.log.error({ event: event.id }, 'the rules of an event are given up: whoever evaluates them is lost');
    return giveUp(rules);
  }
  try {
    await passRules({ platform, shelf }, event, entityId, { rules, told, more });
    return told;
  } catch (error) {
    const fleeting = error instanceof EventLost || isDatabaseAway(error) || isSerializationFailure(error);
    if (fleeting || event.lost + 1 < mostLeases) throw error;
    platform.log.error({ err: error, event: event.id }, 'the rules of an event are given up');
    // What is told has been written.
    return giveUp(rules.slice(told.outcomes.length));
  }
}

async function passRules(
  { platform, shelf }: PassParts,
  event: ClaimedEvent,
  entityId: string,
  { rules, told, more }: Pick<Pass, 'rules' | 'told' | 'more'>,
): Promise<void> {
  const { sql } = platform.db;
  const instanceIds = [...new Set(rules.flatMap(({ instanceId }) => instanceId ?? []))];
  const versionIds = [...new Set(rules.map(({ versionId }) => versionId))];
  const [{ all }, loaded, instances] = await Promise.all([
    loadBlueprints(sql, event.workspaceId),
    shelf.rules(sql, versionIds),
    loadInstances(sql, instanceIds),
  ]);
  const change = changeOf(event);
  const pass: Pass = { platform, shelf, event, entityId, rules, loaded, instances, blueprints: all, change, entries: [], told, more };
  for (let next = 0; next < rules.length; ) {
    next = await considerFrom(pass, next);
    if (next < rules.length) next = await executeFrom(pass, next);
  }
  if (told.outcomes.length < rules.length) await settle(pass, !more);
}

/** Of an event that makes a rule due, the rule that is no longer there. */
function goneRule(event: ClaimedEvent, startedAt: Date): readonly RuleEntry[] {
  const automationId = dueRule(event);
  if (automationId === null) return [];
  return [{ automationId, versionId: null, outcome: 'GONE', startedAt, durationMs: 0, evaluated: null, run: null }];
}

export function changeOf({
  type,
  data,
  previous,
  actorKind,
  actorId,
}: Pick<ClaimedEvent, 'type' | 'data' | 'previous' | 'actorKind' | 'actorId'>): RuleChange {
  const isRecord = type === 'entity.created' || type === 'entity.updated';
  return {
    previous,
    snapshot: isRecord ? data : tellRecord.has(type) ? ((data['record'] as RuleChange['snapshot'] | undefined) ?? null) : null,
    created: type === 'entity.created',
    userId: actorKind === 'USER' ? actorId : null,
  };
}

/** Events that have a record within them. Clients emit none of these: what stands in theirs may name the records of others. */
const tellRecord: ReadonlySet<string> = new Set(['note.added', 'link.added', 'link.removed']);

/** Writes what was decided. */
async function settle({ platform, event, entries, told }: Pass, passed: boolean): Promise<void> {
  await recordRules(platform.db.sql, event, entries, passed);
  told.outcomes.push(...entries.splice(0).map(({ outcome }) => outcome));
}

/** Evaluates rules, as long as none of them has anything to do; answers the place of the first one that has. */
async function considerFrom(pass: Pass, from: number): Promise<number> {
  const { clock, db } = pass.platform;
  const reader = new RecordReader(db.sql, pass.event.workspaceId, pass.blueprints);
  let since = clock.elapsed();
  for (let index = from; index < pass.rules.length; index++) {
    const answer = otherwise(
      () =>
        decide(pass, index, reader, (rule, subject) =>
          // It will be executed, whatever is read now.
          rule.tree?.condition === null ? null : considerRule(rule, subject),
        ),
      (error) => {
        if (isDatabaseAway(error)) throw error;
        // The execution meets the same, and knows what becomes of it.
        return null;
      },
    );
    const entry = answer instanceof Promise ? await answer : answer;
    // Rules that read nothing let nobody else have a turn.
    if (clock.elapsed() - since > longestTurnMs) {
      await setImmediate();
      since = clock.elapsed();
    }
    if (entry === null || entry.outcome === 'MET' || entry.outcome === 'FAILED') return index;
    pass.entries.push(entry);
    if (pass.entries.length >= mostUnwritten && index + 1 < pass.rules.length) await settle(pass, false);
  }
  return pass.rules.length;
}

type Evaluate = (rule: RunnableRule, subject: RuleSubject) => Answer<EvaluatedRule | null>;

/** What becomes of one rule; null: it must be executed. */
function decide(pass: Pass, index: number, reader: RecordReader, evaluate: Evaluate): Answer<RuleEntry | null> {
  const { platform, event, entityId, rules, loaded, shelf, blueprints } = pass;
  const matched = rules[index];
  if (matched === undefined) throw new Error('There is no such rule.');
  const { automationId, versionId, instanceId } = matched;
  const startedAt = platform.clock.now();
  const begun = platform.clock.elapsed();
  const entry = (outcome: EvaluationOutcome, evaluated: EvaluatedRule | null = null): RuleEntry => ({
    automationId,
    versionId,
    outcome,
    startedAt,
    durationMs: Math.round((platform.clock.elapsed() - begun) * 1_000) / 1_000,
    evaluated,
    run: null,
  });
  const acting = instanceId === null ? null : (pass.instances.get(instanceId) ?? null);
  const rule = loaded.get(versionId);
  if (rule === undefined) return entry('GONE');
  if (matched.suspended || (instanceId !== null && acting === null)) return entry('SUSPENDED');
  if (event.chain.includes(linkOf(automationId, entityId))) return entry('REPEATED');
  if (event.depth >= mostDepth) return entry('TOO_DEEP');
  return after(reader.record(entityId), (record): Answer<RuleEntry | null> => {
    if (record === null) return entry('GONE');
    const { workspaceId, blueprint, tree, failure } = rule;
    const runnable: RunnableRule = { automationId, workspaceId, blueprint, tree, failure, name: matched.name, app: acting?.app ?? null };
    const subject: RuleSubject = {
      reader,
      types: shelf.types(blueprints, record.blueprint, acting !== null),
      record,
      change: pass.change,
      instance: acting?.instance ?? null,
      scopes: acting?.scopes ?? [],
      now: platform.clock.now(),
    };
    return after(evaluate(runnable, subject), (evaluated) => (evaluated === null ? null : entry(evaluated.outcome, evaluated)));
  });
}

/** Executes rules in one transaction, which ends with a bounded number of them; answers the place of the first one after it. */
async function executeFrom(pass: Pass, from: number): Promise<number> {
  const before = [...pass.entries];
  const again = () => pass.entries.splice(0, pass.entries.length, ...before);
  let careful = false;
  for (let tries = 1; ; tries++) {
    again();
    try {
      return await executeTogether(pass, from, careful);
    } catch (error) {
      if (error instanceof WroteAndFailed) {
        careful = true;
        tries--;
        continue;
      }
      if (isSerializationFailure(error) && tries < mostTries) continue;
      if (!(error instanceof FaultAt) || isDatabaseAway(error) || isSerializationFailure(error) || pass.event.lost + 1 < mostLeases)
        throw error;
      pass.platform.log.error(
        { err: error, event: pass.event.id, rule: pass.rules[error.index]?.automationId },
        'a rule could not be executed',
      );
      again();
      return giveUp(pass, from, error.index);
    }
  }
}

/** Tells a fault of ours at the rule that met it. What came before it in the same transaction has its turn again. */
async function giveUp(pass: Pass, from: number, index: number): Promise<number> {
  if (index > from) return executeTogether(pass, from, true, index);
  const reader = new RecordReader(pass.platform.db.sql, pass.event.workspaceId, pass.blueprints);
  const entry = await decide(pass, index, reader, () => failedRule);
  if (entry !== null) pass.entries.push(ranBy(pass, entry, newId(), failedRule, []));
  await settle(pass, !pass.more && index + 1 === pass.rules.length);
  return index + 1;
}

function ranBy(pass: Pass, entry: RuleEntry, id: string, executed: ExecutedRule, labels: readonly string[]): RuleEntry {
  return { ...entry, run: { id, executed, labels, chain: [...pass.event.chain, linkOf(entry.automationId, pass.entityId)] } };
}

async function executeTogether(pass: Pass, from: number, careful: boolean, until = pass.rules.length): Promise<number> {
  const { platform, event, rules } = pass;
  const executedRuns: ExecutedRule[] = [];
  const next = await transactPlainly(platform, viewerOf('Millrace'), async (work): Promise<number> => {
    const reader = new RecordReader(work.sql, event.workspaceId, pass.blueprints);
    // What may be undone in part, or is to tell which rule is to blame, writes its events at once.
    const untold: Sharing | null = careful ? null : { rows: [], written: new Map() };
    const begun = platform.clock.elapsed();
    let index = from;
    for (; index < until; index++) {
      if (executedRuns.length >= mostTogether || platform.clock.elapsed() - begun > mostTogetherMs) break;
      const entry = await executeOne(pass, untold === null ? work : { ...work, untold }, reader, index, careful);
      pass.entries.push(entry);
      if (entry.run !== null) executedRuns.push(entry.run.executed);
    }
    if (untold !== null) await tell(work, untold);
    await recordRules(work.sql, event, pass.entries, !pass.more && index === rules.length);
    const runIds = pass.entries.flatMap(({ run }) => run?.id ?? []);
    if (runIds.length > 0) {
      work.wake('runs', runIds);
      work.wake('batch', []);
    }
    return index;
  });
  const { told } = pass;
  told.outcomes.push(...pass.entries.splice(0).map(({ outcome }) => outcome));
  for (const { deliveries, timers } of executedRuns) {
    told.delivers ||= deliveries.length > 0;
    for (const { dueAt } of timers) if (told.dueAt === null || dueAt < told.dueAt) told.dueAt = dueAt;
  }
  return next;
}

async function tell(work: PlainWork, untold: Sharing): Promise<void> {
  try {
    await tellAll(work, untold);
  } catch (error) {
    if (isDatabaseAway(error) || isSerializationFailure(error)) throw error;
    throw new WroteAndFailed();
  }
}

async function executeOne(pass: Pass, work: SharingWork, reader: RecordReader, index: number, careful: boolean): Promise<RuleEntry> {
  const { event, entityId } = pass;
  const id = newId();
  const ran: { executed?: ExecutedRule; labels?: readonly string[] } = {};
  try {
    const entry = await decide(pass, index, reader, async (rule, subject) => {
      ran.labels = rule.tree?.actions.map(({ label }) => label) ?? [];
      const cause: Cause = {
        runId: id,
        eventId: event.id,
        webhookId: null,
        depth: event.depth + 1,
        chain: [...event.chain, linkOf(rule.automationId, entityId)],
      };
      if (careful) await markPlace(work.sql);
      const executed = await executeRule({ ...work, viewer: viewerOf(rule.name) }, rule, { ...subject, now: work.now }, cause);
      if (executed.outcome === 'FAILED' && executed.touched) {
        if (!careful) throw new WroteAndFailed();
        await goBack(work.sql);
        reader.forget();
      }
      ran.executed = executed;
      return executed;
    });
    if (entry === null) throw new Error('A rule was not executed.');
    return ran.executed === undefined || entry.outcome === 'NOT_MET' ? entry : ranBy(pass, entry, id, ran.executed, ran.labels ?? []);
  } catch (error) {
    throw error instanceof WroteAndFailed ? error : new FaultAt(index, error);
  }
}

export const viewerOf = (name: string): Viewer => ({
  actor: { kind: 'SYSTEM', id: null, name },
  tokenId: null,
  roles: new Map(),
  expiresAt: null,
});
