import type { Automation as AutomationRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableEvents } from '#domain/event/event.policy';
import {
  type Consideration,
  countConsiderations,
  type ExplainedEvent,
  type ExplanationReason,
  listConsiderations,
} from '#domain/rule/rule.explain';
import { countFlowConsiderations, type FlowConsideration, listFlowConsiderations } from '#domain/flow/flow.explain';
import { seenEvent } from '#domain/event/event.seen.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { EvaluationOutcome, enumType } from '#schema/enums';
import { Event, loadEvent } from '#schema/event/event';
import { decodeId } from '#schema/node';
import { Run, loadRun } from '#schema/run/run';
import { App, loadApp } from '#schema/tenant/app';
import { failureOf, reasonOf, RuleFailureType, RuleReason, RuleValue, valuesOf } from './outcome.js';

const Reason = enumType<ExplanationReason>('ConsiderationReason', 'Why an automation did, or did not, act on an event.', {
  MET: 'Its condition was met, and its actions were done.',
  NOT_MET: 'Its condition was not met; `failed` says which part.',
  FAILED: 'It failed, and nothing of it was done; `error` says why.',
  REPEATED: 'It had led to this event itself.',
  TOO_DEEP: 'Too many automations had led to this event.',
  SUSPENDED: 'It might not act then: it, its app or the instance of its app was disabled, suspended or paused.',
  GONE: 'The record, or the automation, was no longer there.',
  PENDING: 'It has not had its turn yet.',
  OTHER_TRIGGER: 'Something else fires it.',
  DISABLED: 'It is disabled.',
  LATER: 'As it is now, it was saved after the event.',
  NOT_LIVE: 'It might not act when the event had its turn: it was disabled then, or its app was not there yet.',
});

/** Of a rule, or of a flow. */
type Considered = Omit<Consideration, 'number'>;

const EventConsideration = builder.objectRef<Considered>('EventConsideration').implement({
  description: 'What an automation made of an event, or why nothing.',
  fields: (t) => ({
    automation: t.field({
      type: Automation,
      nullable: true,
      description:
        'The automation; null for one of an app of another workspace that the viewer may not read. What it says is then not told, either.',
      resolve: ({ automationId, readable }, _args, context): Promise<AutomationRow | null> | null =>
        readable ? loadAutomation(context, automationId) : null,
    }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app on whose behalf it acts; null without one, or where the viewer may not see it.',
      resolve: ({ appId }, _args, context) => (appId === null ? null : loadApp(context, appId)),
    }),
    considered: t.boolean({
      description: 'Whether it was evaluated for the event, or cut off because of what had led to it.',
      resolve: ({ evaluation }) => evaluation !== null,
    }),
    outcome: t.field({
      type: EvaluationOutcome,
      nullable: true,
      description: 'What came of it; null when it was not considered.',
      resolve: ({ evaluation }) => evaluation?.outcome ?? null,
    }),
    reason: t.expose('reason', { type: Reason, description: 'Why, for a program to read.' }),
    message: t.string({
      nullable: true,
      description: 'Why, for a person to read; null where its trigger is not to be seen.',
      resolve: ({ readable, message }) => (readable ? message : null),
    }),
    failed: t.field({
      type: RuleReason,
      nullable: true,
      description: 'The first part of its condition that was false; null for another outcome.',
      resolve: ({ readable, evaluation }) => (readable ? reasonOf(evaluation?.failed) : null),
    }),
    values: t.field({
      type: [RuleValue],
      description: 'The values of its expressions.',
      resolve: ({ readable, evaluation }) => (readable ? [...valuesOf(evaluation?.values)] : []),
    }),
    error: t.field({
      type: RuleFailureType,
      nullable: true,
      description: 'Why it failed; null for another outcome.',
      resolve: ({ readable, evaluation }) => (readable ? failureOf(evaluation?.error) : null),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run of its actions, while it is kept; null without one.',
      resolve: ({ evaluation }, _args, context) => (evaluation?.runId == null ? null : loadRun(context, evaluation.runId)),
    }),
  }),
});

const EventConsiderationConnection = connectionType('EventConsideration', EventConsideration);

/** The order in which flows have their turn. */
const flowsInTurn = [
  { column: 'position', direction: 'asc', integer: true },
  { column: 'automationId', direction: 'asc' },
] as const;

/** The order in which they have their turn. */
const inTurn = [
  { column: 'position', direction: 'asc', integer: true },
  { column: 'number', direction: 'asc', integer: true },
] as const;

const EventExplanation = builder.objectRef<ExplainedEvent>('EventExplanation').implement({
  description: 'Why automations did, or did not, act on an event.',
  fields: (t) => ({
    event: t.field({
      type: Event,
      nullable: true,
      description: 'The event.',
      resolve: ({ event }, _args, context) => loadEvent(context, event.id),
    }),
    pending: t.boolean({ description: 'Whether some have still to have their turn.', resolve: ({ pending }) => pending }),
    automations: t.field({
      type: EventConsiderationConnection,
      description:
        'Every rule about records of its type, of its workspace and of the apps that have an instance there, in the order of their turn.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: (explained, args, context) => {
        const { prisma } = context.app.db;
        return connection<Prisma.RuleWhereInput, Prisma.RuleOrderByWithRelationInput, Considered>(context, inTurn, args, {
          find: (page) => listConsiderations(prisma, context.viewer, explained, page),
          count: () => countConsiderations(prisma, explained),
        });
      },
    }),
    flows: t.field({
      type: EventConsiderationConnection,
      description: 'Every flow that events of its type may start, after all rules, in the order of their turn.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: (explained, args, context) => {
        const { prisma } = context.app.db;
        return connection<Prisma.FlowWhereInput, Prisma.FlowOrderByWithRelationInput, FlowConsideration>(context, flowsInTurn, args, {
          find: (page) => listFlowConsiderations(prisma, context.viewer, explained, page),
          count: () => countFlowConsiderations(prisma, explained.event),
        });
      },
    }),
  }),
});

builder.queryField('explainEvent', (t) =>
  t.field({
    type: EventExplanation,
    nullable: true,
    description: 'Why automations did, or did not, act on an event; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'The id of the event.' }) },
    resolve: async (_root, { id }, context): Promise<ExplainedEvent | null> => {
      const where = { AND: [readableEvents(context.viewer), { id: decodeId('Event', id) }] };
      const row = await context.app.db.prisma.event.findFirst({ where });
      return row === null ? null : { event: seenEvent(row), pending: row.passedAt === null };
    },
  }),
);
