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
  ACTION: 'One step: code, a transform of the payload, or a call of an endpoint.',
  RULE: 'Text: when a record changes and a condition is met, actions are done.',
  FLOW: 'Steps, one after the other: with conditions, branches, loops, approvals and waits.',
});

export const FlowType = fromPrisma<prisma.FlowType>('FlowType', 'What a flow is for.', {
  AUTOMATION: 'It is started by events, schedules and webhooks.',
  SELF_SERVICE_ACTION: 'A person starts it, with inputs.',
  SCORECARD: 'It computes a level of each record.',
  REFERENCE: 'It resolves a link of each record from one of its properties.',
});

export const PublishPolicy = fromPrisma<prisma.PublishPolicy>('PublishPolicy', 'When a saved change goes live.', {
  AUTO: 'Every save is deployed as a new version, as soon as it is built.',
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
  WEBHOOK: 'A request to a webhook.',
  RETRY: 'A retry of a finished run.',
  TRIGGER_POINT: 'A trigger point was fired.',
  EVENT: 'Something happened to a record.',
  DELAY: 'A delay was over.',
  STEP: 'A step of another run.',
  REPLAY: 'A finished run is done again, with what was recorded of it.',
  TEST: 'It is tried out: nothing of it stays.',
});

export const ReplayEffects = fromPrisma<prisma.ReplayEffects>(
  'ReplayEffects',
  'What the steps of a run do outside of it that does an earlier one again.',
  {
    RECORDED: 'Nothing: they answer what was recorded, where they are given the same.',
    REAL: 'What they do in any run.',
  },
);

export const EvaluationOutcome = fromPrisma<prisma.EvaluationOutcome>('EvaluationOutcome', 'How an automation took an event.', {
  MET: 'Its condition was met, and its actions were done.',
  NOT_MET: 'Its condition was not met.',
  FAILED: 'It failed: nothing of it was done.',
  REPEATED: 'The same automation led to this event on the same record: it is not evaluated again.',
  TOO_DEEP: 'Too many automations led to this event.',
  SUSPENDED: 'Its app may not act in this workspace now.',
  GONE: 'The record, or the automation, was no longer there.',
});

export const WaitKind = fromPrisma<prisma.WaitKind>('WaitKind', 'What a waiting run waits for.', {
  RETRY: 'The delay before the next attempt.',
  CONCURRENCY: 'A free place under a concurrency cap.',
  THREAD: 'The earlier runs on its thread.',
  PAUSED: 'The end of a pause.',
  REDIRECT: 'The return of the person whom an action sent elsewhere.',
  DELAY: 'The time that a step was told to let pass.',
  APPROVAL: 'Someone who approves or rejects it.',
  EVENT: 'An event that a step waits for.',
  SUBFLOW: 'The end of a run that a step started.',
});

export const ApprovalStatus = fromPrisma<prisma.ApprovalStatus>('ApprovalStatus', 'Where an approval stands.', {
  PENDING: 'Nobody has decided.',
  APPROVED: 'The run goes on.',
  REJECTED: 'The run ends, or the step fails.',
  EXPIRED: 'Nobody decided in time.',
  CANCELED: 'The run ended otherwise.',
});

export const StepStatus = fromPrisma<prisma.StepStatus>('StepStatus', 'Where a step stands.', {
  RUNNING: 'A worker is executing it.',
  RETRYING: 'An attempt failed and another one will follow.',
  SUCCEEDED: 'It has its output.',
  FAILED: 'Its last attempt failed.',
  CANCELED: 'The run was cancelled while it ran.',
  TIMED_OUT: 'It ran longer than it may.',
  SKIPPED: 'It has no output: its conditions were not met, or it found nothing.',
  WAITING: 'It goes on when what it waits for is there.',
});

export const RunEventType = fromPrisma<prisma.RunEventType>('RunEventType', 'What a run event tells.', {
  RUN_QUEUED:
    'The run waits for a worker. It is the first event of a run, but of one that waits for its thread: that one begins with RUN_WAITING.',
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

export const ThreadMode = fromPrisma<prisma.ThreadMode>('ThreadMode', 'On which thread the runs of an automation are.', {
  NEW_EACH_RUN: 'Each run has a thread of its own: runs do not wait for each other.',
  FIXED: 'All runs are on one thread, in order.',
  TEMPLATE: 'A template names the thread of each run; runs on the same thread are in order.',
});

export const CredentialKind = fromPrisma<prisma.CredentialKind>('CredentialKind', 'How a call proves who makes it.', {
  BASIC: 'User name and password (RFC 7617).',
  BEARER: 'A fixed bearer token (RFC 6750).',
  API_KEY: 'A key in a header or in the query.',
  OAUTH2_CLIENT_CREDENTIALS: 'A token fetched with client credentials (RFC 6749, 4.4) and kept until it expires.',
});

export const NotificationEvent = fromPrisma<prisma.NotificationEvent>('NotificationEvent', 'What a group is told of.', {
  RUN_SUCCEEDED: 'A run succeeded.',
  RUN_FAILED: 'A run failed.',
  RUN_PARTIAL: 'A run stopped after some results.',
  RUN_CANCELED: 'A run was cancelled.',
  RUN_TIMED_OUT: 'The time of a run was over.',
  RUN_DEAD: 'The workers of a run crashed too often.',
});

export const RecipientFormat = fromPrisma<prisma.RecipientFormat>('RecipientFormat', 'What is sent to a webhook.', {
  STANDARD: 'A signed request with all that is known (Standard Webhooks).',
  SLACK: 'A text, as Slack, Mattermost, Rocket.Chat and Google Chat take it.',
  DISCORD: 'A text, as Discord takes it.',
  TEAMS: 'A card with the text, as Microsoft Teams takes it.',
});

export const RecipientKind = fromPrisma<prisma.RecipientKind>('RecipientKind', 'How a recipient is reached.', {
  EMAIL: 'By e-mail.',
  WEBHOOK: 'By a signed request (Standard Webhooks).',
});

export const DeliveryStatus = fromPrisma<prisma.DeliveryStatus>('DeliveryStatus', 'Where a delivery stands.', {
  PENDING: 'It is sent at `nextAttemptAt`.',
  SUCCEEDED: 'It was taken.',
  FAILED: 'It was given up.',
});

export const EffectKind = fromPrisma<prisma.EffectKind>('EffectKind', 'What a step does outside Millrace.', {
  HTTP: 'A call of another server.',
});

export const EffectStatus = fromPrisma<prisma.EffectStatus>('EffectStatus', 'Where an effect stands.', {
  INTENDED: 'It was committed before the call; while no outcome is there, the call may or may not have arrived.',
  SUCCEEDED: 'The other side answered.',
  FAILED: 'There was no answer, or it was refused.',
});

export const PauseKind = fromPrisma<prisma.PauseKind>('PauseKind', 'What a pause holds back.', {
  WORKSPACE: 'All runs of the workspace.',
  APP: "The runs of an app's automations.",
  AUTOMATION: 'The runs of one automation.',
  HOST: 'Calls of one host.',
});

export const BulkKind = fromPrisma<prisma.BulkKind>('BulkKind', 'What is done to many runs.', {
  CANCEL: 'Each is cancelled.',
  RETRY: 'Each is repeated as a new run.',
});

export const BulkStatus = fromPrisma<prisma.BulkStatus>('BulkStatus', 'Where a bulk operation stands.', {
  RUNNING: 'A worker goes through its runs.',
  COMPLETED: 'Every run was tried.',
  CANCELED: 'It was stopped; the runs that were not reached are as they were.',
});

export const BulkItemStatus = fromPrisma<prisma.BulkItemStatus>('BulkItemStatus', 'What became of one run of a bulk operation.', {
  PENDING: 'Its turn has not come.',
  SUCCEEDED: 'It was done.',
  FAILED: 'It was refused; the item says why.',
});

export const ScheduleKind = fromPrisma<prisma.ScheduleKind>('ScheduleKind', "What a schedule's times are made of.", {
  INTERVAL: 'Whole intervals from a start.',
  CRON: 'A cron expression in a time zone.',
  ONCE: 'One moment.',
});

export const SecretOwner = fromPrisma<prisma.SecretOwner>('SecretOwner', 'To what a secret belongs.', {
  WORKSPACE: 'The workspace: templates of its endpoints may use it by name.',
  AUTOMATION: 'An automation: its code and its endpoint may use it by name.',
  CREDENTIAL: 'A credential.',
  WEBHOOK: 'An inbound webhook: what its requests are signed with.',
  RECIPIENT: 'A recipient of notifications: what its deliveries are signed with.',
  VERSION: 'A deployed version: copies of what its action had then.',
  BINDING: 'A binding of an action to a trigger point.',
  APP: 'An app: what the webhook calls of its rules are signed with.',
});

export const WebhookVerification = fromPrisma<prisma.WebhookVerification>(
  'WebhookVerification',
  "How a webhook tells that a request is its sender's.",
  {
    NONE: 'Only by its path, which nobody can guess.',
    STANDARD_WEBHOOKS: 'Standard Webhooks: id, timestamp and signature in headers.',
    HMAC_SHA256: 'HMAC with SHA-256 over the raw body, in a header.',
  },
);

export const SignatureEncoding = fromPrisma<prisma.SignatureEncoding>('SignatureEncoding', 'How a signature is written.', {
  HEX: 'Hexadecimal.',
  BASE64: 'Base64.',
});

export const WebhookFormat = fromPrisma<prisma.WebhookFormat>('WebhookFormat', "As what the answer to a webhook's request is sent.", {
  JSON: 'application/json',
  TEXT: 'text/plain',
  XML: 'application/xml',
  CSV: 'text/csv',
});

export const WebhookRequestStatus = fromPrisma<prisma.WebhookRequestStatus>(
  'WebhookRequestStatus',
  'What became of a request to a webhook.',
  {
    ACCEPTED: 'It made a run, or an event.',
    DUPLICATE: 'A request with its id made a run, or an event, before.',
    REJECTED: 'It was refused; the reason says why.',
  },
);

export const CodeLanguage = fromPrisma<prisma.CodeLanguage>('CodeLanguage', "What an author's code is written in.", {
  JAVASCRIPT: 'JavaScript.',
  TYPESCRIPT: 'TypeScript; its types are stripped at the build, not checked.',
});

export const BuildStatus = fromPrisma<prisma.BuildStatus>('BuildStatus', 'Where the build of a code stands.', {
  PENDING: 'Waits for a worker.',
  BUILDING: 'A worker resolves and installs its dependencies.',
  PACKAGED: 'The dependencies are there; it is being bundled.',
  BUILT: 'It can be deployed.',
  RETRYING: 'An attempt failed for a reason that may pass; another one will follow.',
  FAILED: 'It cannot be built; the errors say why.',
});

export const PointMode = fromPrisma<prisma.PointMode>(
  'PointMode',
  'Whether the one who fires a trigger point needs what its actions decide.',
  {
    SYNCHRONOUS: 'The caller waits for the decision and the commands.',
    ASYNCHRONOUS: 'The caller tells what happened and goes on.',
  },
);

export const BindingPolicy = fromPrisma<prisma.BindingPolicy>('BindingPolicy', 'Who decides what is bound to a trigger point.', {
  TRIGGER_BOUND: 'The workspace binds actions to it.',
  ENTITY_BOUND: 'An action is tied to a thing of its own; bindings are not managed.',
});

export const PointStatus = fromPrisma<prisma.PointStatus>('PointStatus', 'Where a trigger point stands.', {
  CURRENT: 'Actions can be made for it.',
  DEPRECATED: 'Its actions go on; new ones belong elsewhere.',
});

export const IntegrationFeature = fromPrisma<prisma.IntegrationFeature>('IntegrationFeature', 'What an integration is about.', {
  ACTION: 'It decides or enriches at a trigger point.',
  DESTINATION: 'It takes what happened elsewhere.',
});
