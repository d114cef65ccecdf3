import { Prisma, type Suggestion } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { AlreadyExistsError } from '#domain/errors';
import { fromClient } from '#domain/event/event.emit.service';
import { invalid, parseInput } from '#domain/input';
import { blueprintOf } from '#domain/record/resource.service';
import { uuidOf } from '#domain/record/entity.view.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { applyStored } from './suggestion.apply.service.js';
import {
  type CreateSuggestionInput,
  createInput,
  type UpdateSuggestionInput,
  updateInput,
  type UpsertSuggestionInput,
  upsertInput,
  type WholeSuggestion,
} from './suggestion.input.js';
import { tellOfSuggestion } from './suggestion.event.service.js';
import { lockSuggestion, type SuggestionPlace } from './suggestion.lock.js';
import { needs } from './suggestion.policy.js';

/** Makes a suggestion and answers its id; one that applies itself is applied at once. */
export async function createSuggestion(work: Work, raw: CreateSuggestionInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, needs.change);
  const find = (id: string) => work.tx.suggestion.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createSuggestion', key: idempotencyKey, body: input, find }, () =>
    insert(work, 'createSuggestion', input),
  );
}

/** Makes the suggestion with this key be as given, whether it is there or not. Answers its id. */
export async function upsertSuggestion(work: Work, raw: UpsertSuggestionInput): Promise<string> {
  const input = parseInput(upsertInput(work.platform.config), raw);
  const { workspaceId, key } = input;
  assertCan(work.viewer, workspaceId, needs.change);
  const known = await work.tx.suggestion.findUnique({ where: { workspaceId_key: { workspaceId, key } } });
  if (known === null) return insert(work, 'upsertSuggestion', input);
  const before = await lockSuggestion(work, { id: known.id });
  return save(work, 'upsertSuggestion', before, { ...(await columnsOf(work, input)), ...contentOf(input) });
}

async function insert(work: Work, operation: string, input: WholeSuggestion): Promise<string> {
  const { workspaceId, title } = input;
  const { actor } = work.viewer;
  const id = newId();
  const key = input.key ?? id;
  const { count } = await work.tx.suggestion.createMany({
    data: {
      id,
      workspaceId,
      key,
      ...(await columnsOf(work, input)),
      ...contentOf(input),
      createdAt: work.now,
      creatorKind: actor.kind,
      creatorId: actor.id,
      creatorName: actor.name,
      ...touched(work),
    },
    skipDuplicates: true,
  });
  if (count === 0) throw new AlreadyExistsError('key', 'A suggestion with this key is there already.');
  await audit(work, { workspaceId, operation, subjectType: 'Suggestion', subjectId: id, change: { key, title } });
  const made = await work.tx.suggestion.findUniqueOrThrow({ where: { id } });
  await tellOfSuggestion(work, 'created', made, fromClient);
  if (made.autoApply && !made.ignored) await applyStored(work, made, null);
  return id;
}

const touched = ({ viewer: { actor }, now }: Work) => ({
  updatedAt: now,
  updaterKind: actor.kind,
  updaterId: actor.id,
  updaterName: actor.name,
});

const jsonOf = (value: unknown) => (value == null ? Prisma.DbNull : (value as Prisma.InputJsonValue));

/** What was given of the content; of a whole suggestion, what is absent is the default. */
const contentOf = (input: WholeSuggestion) => ({
  title: input.title,
  description: input.description ?? '',
  sourceContext: jsonOf(input.sourceContext),
  targetContext: jsonOf(input.targetContext),
  targetIdOverride: input.targetIdOverride ?? null,
  data: (input.data ?? {}) as Prisma.InputJsonObject,
  ignored: input.ignored ?? false,
  autoApply: input.autoApply ?? false,
  lastAppliedAt: input.lastAppliedAt ?? null,
});

/** What it comes from and what it is for. Throws InvalidInputError (`sourceBlueprint`, `targetBlueprint`) and NotFoundError. */
async function columnsOf(
  work: Work,
  { workspaceId, originId, sourceId, sourceBlueprint, targetId, targetBlueprint, data }: WholeSuggestion,
) {
  const blueprint = targetBlueprint ?? data?.blueprintId;
  if (blueprint == null) throw invalid(['targetBlueprint'], 'Name the blueprint of the target, here or in data.', 'REQUIRED');
  const { key } = await blueprintOf(work.sql, workspaceId, blueprint);
  const flow = await work.tx.automation.findFirst({
    where: { workspaceId, key: originId, kind: 'FLOW', deletedAt: null },
    select: { id: true },
  });
  return {
    originId,
    automationId: flow?.id ?? null,
    sourceId,
    sourceEntityId: await sourceOf(work, workspaceId, sourceId, sourceBlueprint ?? null),
    targetId,
    targetBlueprint: key,
  };
}

/** The record that was observed, by its id or its key; null: it is of another system, or gone. A key that several have needs its blueprint. */
async function sourceOf(work: Work, workspaceId: string, name: string, blueprint: string | null): Promise<string | null> {
  const uuid = uuidOf(name);
  const within = blueprint === null ? {} : { blueprintId: (await blueprintOf(work.sql, workspaceId, blueprint)).id };
  const found = await work.tx.entity.findMany({
    where: { workspaceId, ...within, ...(uuid === null ? { key: name } : { id: uuid }) },
    select: { id: true },
    take: 2,
  });
  if (found.length > 1) throw invalid(['sourceBlueprint'], 'Records of several blueprints have this key: name the blueprint.', 'REQUIRED');
  return found[0]?.id ?? null;
}

/** Changes what is given. Answers the suggestion's id. */
export async function updateSuggestion(work: Work, place: SuggestionPlace, raw: UpdateSuggestionInput): Promise<string> {
  const input = parseInput(updateInput(work.platform.config), raw);
  const before = await lockSuggestion(work, place);
  return save(work, 'updateSuggestion', before, {
    ...(input.title == null ? {} : { title: input.title }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(input.sourceContext === undefined ? {} : { sourceContext: jsonOf(input.sourceContext) }),
    ...(input.targetContext === undefined ? {} : { targetContext: jsonOf(input.targetContext) }),
    ...(input.targetIdOverride === undefined ? {} : { targetIdOverride: input.targetIdOverride }),
    ...(input.data === undefined ? {} : { data: input.data ?? {} }),
    ...(input.ignored == null ? {} : { ignored: input.ignored }),
    ...(input.autoApply == null ? {} : { autoApply: input.autoApply }),
    ...(input.lastAppliedAt === undefined ? {} : { lastAppliedAt: input.lastAppliedAt }),
  });
}

/** Makes a suggestion one that nobody wants: it is not applied, and its flow does not make it again. Or takes that back. Answers its id. */
export async function ignoreSuggestion(work: Work, place: SuggestionPlace, ignored: boolean): Promise<string> {
  const before = await lockSuggestion(work, place);
  return save(work, 'ignoreSuggestion', before, { ignored });
}

async function save(work: Work, operation: string, before: Suggestion, columns: Prisma.SuggestionUncheckedUpdateInput): Promise<string> {
  const { id, workspaceId } = before;
  const after = await work.tx.suggestion.update({ where: { id }, data: { ...columns, ...touched(work) } });
  const shown = ({ title, ignored, autoApply, targetIdOverride, targetId }: Suggestion) => ({
    title,
    ignored,
    autoApply,
    targetIdOverride,
    targetId,
  });
  await audit(work, { workspaceId, operation, subjectType: 'Suggestion', subjectId: id, change: differences(shown(before), shown(after)) });
  await tellOfSuggestion(work, 'updated', after, fromClient);
  if (after.autoApply && !after.ignored) await applyStored(work, after, null);
  return id;
}

/** Deletes a suggestion: its flow may make it again. Answers its id. */
export async function deleteSuggestion(work: Work, place: SuggestionPlace): Promise<string> {
  const before = await lockSuggestion(work, place);
  const { id, workspaceId, key, title } = before;
  await work.tx.suggestion.delete({ where: { id } });
  await tellOfSuggestion(work, 'deleted', before, fromClient);
  await audit(work, { workspaceId, operation: 'deleteSuggestion', subjectType: 'Suggestion', subjectId: id, change: { key, title } });
  return id;
}
