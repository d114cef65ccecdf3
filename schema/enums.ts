import type * as prisma from '#platform/db/generated/prisma/enums';
import { builder } from './builder.js';

/** Registers an enum: a description of the whole and one of each value, so that a value without one does not compile. */
export function enumType<Value extends string>(name: string, description: string, values: Readonly<Record<Value, string>>) {
  const described = Object.entries<string>(values).map(([value, about]) => [value, { value: value as Value, description: about }] as const);
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(described) as Record<Value, { value: Value; description: string }>,
  });
}

/** An enum of the database. The descriptions are those of prisma/*.prisma; a test compares them. */
function fromPrisma<Value extends string>(name: keyof typeof prisma, description: string, values: Readonly<Record<Value, string>>) {
  return enumType<Value>(name, description, values);
}

export const AutomationKind = fromPrisma<prisma.AutomationKind>('AutomationKind', 'How an automation is authored.', {
  ACTION: 'One step: code, or a transform of the payload.',
});

export const PublishPolicy = fromPrisma<prisma.PublishPolicy>('PublishPolicy', 'When a saved change goes live.', {
  AUTO: 'Every save is deployed at once as a new version.',
  MANUAL: 'A save changes the draft; deploying makes it live.',
});

export const VersionStatus = fromPrisma<prisma.VersionStatus>('VersionStatus', 'Where a version stands.', {
  DRAFT: 'Being edited, never live.',
  DEPLOYED: 'Live in at least one environment.',
  INACTIVE: 'Was live, or superseded.',
});

export const RunStatus = fromPrisma<prisma.RunStatus>('RunStatus', 'Where a run stands.', {
  QUEUED: 'Committed, waiting for a worker.',
  WAITING: 'Waiting for what `waitingFor` names.',
  RUNNING: 'A worker holds its lease.',
  SUCCEEDED: 'Everything was done.',
  PARTIAL: 'Stopped by an error after some results.',
  FAILED: 'A step failed for good.',
  CANCELED: 'Cancelled by a person or a rule.',
  TIMED_OUT: "The run's time was over.",
  DEAD: 'Its workers crashed too often; it can be retried by hand.',
});

export const RunTrigger = fromPrisma<prisma.RunTrigger>('RunTrigger', 'What started a run.', {
  MANUAL: 'A person, in a page.',
  API: 'A client of the API.',
  SCHEDULE: "A schedule's tick.",
  RETRY: 'A retry of a finished run.',
});

export const WaitKind = fromPrisma<prisma.WaitKind>('WaitKind', 'What a waiting run waits for.', {
  RETRY: 'The delay before the next attempt.',
  CONCURRENCY: 'A free place under a concurrency cap.',
});

export const StepStatus = fromPrisma<prisma.StepStatus>('StepStatus', 'Where a step stands.', {
  RUNNING: 'A worker is executing it.',
  RETRYING: 'An attempt failed and another one will follow.',
  SUCCEEDED: 'It has its output.',
  FAILED: 'Its last attempt failed.',
  CANCELED: 'The run was cancelled while it ran.',
  TIMED_OUT: 'It ran longer than it may.',
});

export const RunEventType = fromPrisma<prisma.RunEventType>('RunEventType', 'What a run event tells.', {
  RUN_QUEUED: 'The run was committed.',
  RUN_STARTED: 'A worker took the run.',
  RUN_WAITING: 'The run waits; `run.waitingFor` says for what.',
  RUN_CANCEL_REQUESTED: 'Someone asked for the run to be cancelled.',
  RUN_RECLAIMED: "The run's worker was lost; the run is queued again.",
  RUN_FINISHED: 'The run is final; `status` says how.',
  STEP_STARTED: "A step's attempt began.",
  STEP_RETRYING: "A step's attempt failed and another one will follow.",
  STEP_FINISHED: 'A step is final.',
  LOG: 'A line was logged.',
});

export const MisfirePolicy = fromPrisma<prisma.MisfirePolicy>(
  'MisfirePolicy',
  'What happens to fires that were missed while no worker was up.',
  {
    SKIP: 'They are recorded as skipped.',
    RUN_ONCE: 'The newest one fires if it is at most 60 seconds late; the others are skipped.',
    RUN_ALL: 'Each one fires.',
  },
);

export const OverlapPolicy = fromPrisma<prisma.OverlapPolicy>(
  'OverlapPolicy',
  'What happens when a fire is due while the run of an earlier one has not finished.',
  {
    SKIP: 'It is recorded as skipped.',
    ALLOW: 'Both run.',
    QUEUE: 'It waits for the earlier one.',
  },
);

export const TickStatus = fromPrisma<prisma.TickStatus>('TickStatus', 'What became of one nominal fire of a schedule.', {
  FIRED: 'A run was made in time.',
  LATE: "A run was made, later than the schedule's grace.",
  SKIPPED: 'No run was made; the reason says why.',
});

export const Role = fromPrisma<prisma.Role>('Role', 'What a member or token may do in a workspace; each role includes the ones after it.', {
  OWNER: 'Everything, including deleting the workspace and naming other owners.',
  ADMIN: 'Members, tokens and settings, and everything an editor may do.',
  EDITOR: 'Create, change and delete automations and schedules.',
  OPERATOR: 'Trigger, cancel and retry runs; enable and disable automations.',
  VIEWER: 'Read only.',
});

export const ActorKind = fromPrisma<prisma.ActorKind>('ActorKind', 'Who did something.', {
  USER: 'A person, signed in by a JWT or acting through a personal token.',
  TOKEN: 'A service token of one workspace.',
  SYSTEM: 'Millrace itself: a schedule, a retry, retention.',
});
