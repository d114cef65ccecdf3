import { z } from 'zod';
import type { Automation } from '#platform/db/generated/prisma/client';
import { lockAutomations } from '#domain/automation/automation.service';
import { ConflictError } from '#domain/errors';
import { parseInput, referenceInput } from '#domain/input';
import { listKeys, referTo } from '#domain/keyed';
import { blueprintCalled, type BlueprintSpec } from '#domain/record/blueprint.spec';
import { keyedApp } from '#domain/tenant/app.service';
import { assertCan } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import { given, patched } from './rule.given.js';
import { type RowInput, RowFault, RowProblems, rowInput } from './rule.import.js';
import { liveSpecs } from './rule.live.js';
import { type ReadRule, readAmong } from './rule.place.js';
import { holdRules } from './rule.service.js';
import { type GivenSpec, type RuleSpec, type Shape, textOf, triggerKeyIn } from './rule.spec.js';
import { type RuleRow, readTable, tableFormats } from './rule.table.js';
import { blueprintsOf, recordTypesOf } from './rule.types.js';
import { type Rewritten, insertRules, rule, writeRules } from './rule.write.service.js';

const importInput = z.strictObject({
  workspaceId: z.uuid(),
  app: referenceInput.nullish(),
  format: z.enum(tableFormats),
  document: z.string(),
});
export type ImportRulesInput = z.input<typeof importInput>;

/** What became of a row. */
export interface ImportedRule {
  readonly row: number;
  readonly ruleId: string;
  readonly change: 'CREATED' | 'CHANGED' | 'UNCHANGED';
}

/** A rule that is there. */
interface Known {
  readonly automation: Automation;
  readonly blueprint: string;
  readonly triggerKey: string;
  readonly delayed: readonly string[];
}

/** A row with what it is about. */
interface Resolved {
  readonly row: number;
  readonly input: RowInput;
  readonly appId: string | null;
  /** The rule that it changes; null: it makes one. */
  readonly known: Known | null;
}

/** A row that can be written. */
interface Readable extends Resolved {
  readonly stored: RuleSpec | null;
  readonly read: ReadRule;
}

/**
 * Makes or changes the rules of a table, all or none: a row is for the rule with its key or, without one, for the one of its name among
 * those of its app. What has no column stays as it is. Throws InvalidInputError (`document`, then the row and the column), and ConflictError
 * (NAMED) when rules that are not in the table could no longer trigger others after a delay.
 */
export async function importRules(work: Work, raw: ImportRulesInput): Promise<readonly ImportedRule[]> {
  const { workspaceId, app, format, document } = parseInput(importInput, raw);
  assertCan(work.viewer, workspaceId, 'automation.write');
  const table = readTable(format, document);
  await holdRules(work, workspaceId);
  const appId = app == null ? null : (await referTo(work, keyedApp, workspaceId, app)).id;
  const apps = await work.tx.app.findMany({ where: { workspaceId }, select: { id: true, key: true } });
  const known = await knownRules(work, workspaceId);
  const resolved = resolve(table.rows, new RowProblems(table), {
    known,
    appOf: (reference) => (reference === '' ? appId : apps.find(({ key }) => key === reference)?.id),
  });
  const stored = await liveSpecs(
    work.tx,
    resolved.flatMap((row) => (row.known === null ? [] : [row.known.automation.id])),
  );
  const readable = readRows(resolved, stored, new RowProblems(table), { known, blueprints: await blueprintsOf(work.tx, workspaceId) });
  return writeRows(work, workspaceId, readable);
}

async function knownRules(work: Work, workspaceId: string): Promise<readonly Known[]> {
  const rows = await work.tx.rule.findMany({
    where: { workspaceId, automation: { deletedAt: null } },
    orderBy: { number: 'asc' },
    include: { automation: true },
  });
  return rows.map(({ automation, blueprint, triggerKey, delayed }) => ({ automation, blueprint, triggerKey, delayed }));
}

function resolve(
  rows: readonly RuleRow[],
  problems: RowProblems,
  { known, appOf }: { readonly known: readonly Known[]; readonly appOf: (reference: string) => string | null | undefined },
): readonly Resolved[] {
  const taken = new Map<string, number>();
  const resolved = rows.flatMap(
    (row) =>
      problems.attempt(row.row, () => {
        const { key = '', name = '', app = '' } = row.cells;
        const appId = appOf(app.trim());
        if (appId === undefined) throw new RowFault('app', 'UNKNOWN_APP', 'There is no app with this reference.');
        const found = findKnown(known, key.trim(), name.trim(), appId);
        if (found !== null && app.trim() !== '' && found.automation.appId !== appId)
          throw new RowFault('app', 'IMMUTABLE', 'The app of a rule was decided when it was made.');
        const input = rowInput(row, found !== null);
        const about = found?.automation.id ?? input.key ?? `${appId ?? ''} ${input.name}`;
        const before = taken.get(about);
        if (before !== undefined) throw new RowFault('name', 'DUPLICATE', `The row ${before} is about the same rule.`);
        taken.set(about, row.row);
        return { row: row.row, input, appId: found === null ? appId : found.automation.appId, known: found };
      }) ?? [],
  );
  problems.throwAny();
  return resolved;
}

function findKnown(known: readonly Known[], key: string, name: string, appId: string | null): Known | null {
  if (key !== '') return known.find(({ automation }) => automation.key === key) ?? null;
  const [found, another] = known.filter(({ automation }) => automation.appId === appId && automation.name === name);
  if (another !== undefined) throw new RowFault('name', 'AMBIGUOUS', 'Several rules are called so: give the key of one.');
  return found ?? null;
}

/** The names of rules that nothing but `after … trigger` fires, by app and blueprint. */
class DelayedNames {
  readonly #names = new Map<string, Set<string>>();

  at(appId: string | null, blueprint: string): Set<string> {
    const place = `${appId ?? ''} ${blueprint}`;
    const names = this.#names.get(place) ?? new Set<string>();
    this.#names.set(place, names);
    return names;
  }
}

/** Cells hold texts only: what was given as a list, and says the same, stays one. */
function inShapeOf(before: Shape | undefined, shape: Shape | undefined): Shape | undefined {
  if (before?.form !== 'LIST' || shape?.form !== 'TEXT') return shape;
  return textOf(before) === shape.text ? before : shape;
}

const blank = given({ recordType: '', trigger: '' });

/** Reads the rows beside the rules that will be there in the end. */
function readRows(
  rows: readonly Resolved[],
  stored: ReadonlyMap<string, RuleSpec>,
  problems: RowProblems,
  { known, blueprints }: { readonly known: readonly Known[]; readonly blueprints: readonly BlueprintSpec[] },
): readonly Readable[] {
  const replaced = new Set(rows.flatMap((row) => (row.known === null ? [] : [row.known.automation.id])));
  const staying = known.filter(({ automation }) => !replaced.has(automation.id));
  const names = new DelayedNames();
  for (const { automation, blueprint, triggerKey } of staying)
    if (triggerKey === 'delay') names.at(automation.appId, blueprint).add(automation.name);
  const wanted = rows.map((row) => {
    const before = row.known === null ? null : (stored.get(row.known.automation.id) ?? null);
    if (row.known !== null && before === null) throw new Error('A rule has no live version.');
    const { expressions, actions, ...input } = row.input;
    const spec: GivenSpec = patched(before ?? blank, {
      ...input,
      expressions: inShapeOf(before?.expressions, expressions),
      actions: inShapeOf(before?.actions, actions),
    });
    return { row, before, spec, blueprint: blueprintCalled(blueprints, spec.recordType)?.key ?? null };
  });
  for (const { row, spec, blueprint } of wanted)
    problems.attempt(row.row, () => {
      if (blueprint === null || triggerKeyIn(spec.trigger) !== 'delay') return;
      const others = names.at(row.appId, blueprint);
      if (others.has(row.input.name))
        throw new RowFault('name', 'ALREADY_EXISTS', 'Another rule about the same records with the trigger “after delay” is called so.');
      others.add(row.input.name);
    });
  const types = recordTypesOf(blueprints);
  const readable = wanted.flatMap(
    ({ row, before, spec, blueprint }) =>
      problems.attempt(row.row, () => {
        const delayed = blueprint === null ? new Set<string>() : names.at(row.appId, blueprint);
        return { ...row, stored: before, read: readAmong(blueprints, row.appId, delayed, spec, types) };
      }) ?? [],
  );
  problems.throwAny();
  const left = staying.filter(({ automation, blueprint, delayed }) =>
    delayed.some((name) => !names.at(automation.appId, blueprint).has(name)),
  );
  if (left.length === 0) return readable;
  const keys = listKeys(left.map(({ automation }) => automation.key));
  throw new ConflictError(`These rules trigger after a delay what would not be there any more: ${keys}.`, 'NAMED');
}

async function writeRows(work: Work, workspaceId: string, rows: readonly Readable[]): Promise<readonly ImportedRule[]> {
  const imported: ImportedRule[] = [];
  const made: Readable[] = [];
  const rewritten: (Rewritten & { readonly row: number })[] = [];
  const ids = rows.flatMap(({ known }) => (known === null ? [] : [known.automation.id]));
  const locked = new Map((await lockAutomations(work, rule.kind, ids)).map((automation) => [automation.id, automation]));
  for (const row of rows) {
    const { known, stored, input, read } = row;
    const before = known === null ? undefined : locked.get(known.automation.id);
    if (before === undefined || stored === null) made.push(row);
    else {
      const columns = { name: input.name, ...(input.enabled === undefined ? {} : { enabled: input.enabled }) };
      rewritten.push({ row: row.row, before, stored, read, position: input.position, columns });
    }
  }
  const changed = await writeRules(work, 'importRules', workspaceId, rewritten);
  for (const { row, before } of rewritten)
    imported.push({ row, ruleId: before.id, change: changed.has(before.id) ? 'CHANGED' : 'UNCHANGED' });
  const madeIds = await insertRules(work, 'importRules', workspaceId, made);
  for (const [index, { row }] of made.entries()) imported.push({ row, ruleId: madeIds[index] ?? '', change: 'CREATED' });
  return imported.sort((one, other) => one.row - other.row);
}
