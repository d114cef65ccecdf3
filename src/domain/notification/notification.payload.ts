import type { AutomationKind, NotificationEvent, RunStatus, RunTrigger } from '#platform/db/generated/prisma/enums';
import type { Json } from '#plan/plan';
import type { FinalStatus } from '#domain/run/run.status';

/** What a group is told of when a run ends with a status. */
export const eventOfStatus = {
  SUCCEEDED: 'RUN_SUCCEEDED',
  PARTIAL: 'RUN_PARTIAL',
  FAILED: 'RUN_FAILED',
  CANCELED: 'RUN_CANCELED',
  TIMED_OUT: 'RUN_TIMED_OUT',
  DEAD: 'RUN_DEAD',
} as const satisfies Record<FinalStatus, NotificationEvent>;

/** The statuses of which an automation's owner hears. */
export const ownerStatuses = ['FAILED', 'TIMED_OUT', 'DEAD', 'PARTIAL'] as const satisfies readonly FinalStatus[];

/** The names of events in payloads: `run.timed_out`. */
export function typeOfEvent(event: NotificationEvent): string {
  return event.toLowerCase().replace('_', '.');
}

interface Named {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

/** What is told of a run, in the shape of Standard Webhooks. Ids are those of the graph. */
export interface RunPayload {
  readonly type: string;
  /** When it happened. */
  readonly timestamp: string;
  readonly data: {
    readonly run: {
      readonly id: string;
      readonly status: RunStatus;
      readonly trigger: RunTrigger;
      readonly queuedAt: string;
      readonly startedAt: string | null;
      readonly finishedAt: string;
      readonly error: { readonly code: string; readonly message: string } | null;
    };
    readonly automation: Named | null;
    readonly workspace: Named;
    /** Where the run can be looked at; absent without PUBLIC_URL. */
    readonly url?: string;
  };
}

/** A run that has ended, with what is told of it. */
export interface FinishedRun {
  readonly runId: string;
  readonly workspaceId: string;
  readonly workspaceKey: string;
  readonly workspaceName: string;
  readonly automationId: string | null;
  readonly automationKind: AutomationKind | null;
  readonly automationKey: string | null;
  readonly automationName: string | null;
  readonly status: FinalStatus;
  readonly trigger: RunTrigger;
  readonly queuedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** The prefixes of global ids; a test holds them against those of the graph. */
export const globalId = {
  run: (uuid: string) => `run_${uuid}`,
  action: (uuid: string) => `act_${uuid}`,
  rule: (uuid: string) => `rul_${uuid}`,
  flow: (uuid: string) => `flw_${uuid}`,
  app: (uuid: string) => `app_${uuid}`,
  workspace: (uuid: string) => `ws_${uuid}`,
  group: (uuid: string) => `ng_${uuid}`,
  recipient: (uuid: string) => `rcp_${uuid}`,
  delivery: (uuid: string) => `dlv_${uuid}`,
} as const;

/** Longest error message in a payload, in UTF-16 units: enough to tell what is wrong, whatever user code throws. */
const longestMessage = 1_000;

export function runPayload(run: FinishedRun, publicUrl: string | null): RunPayload {
  const { automationId, automationKind, automationKey, automationName } = run;
  const idOf = automationKind === 'RULE' ? globalId.rule : automationKind === 'FLOW' ? globalId.flow : globalId.action;
  const id = globalId.run(run.runId);
  return {
    type: typeOfEvent(eventOfStatus[run.status]),
    timestamp: run.finishedAt.toISOString(),
    data: {
      run: {
        id,
        status: run.status,
        trigger: run.trigger,
        queuedAt: run.queuedAt.toISOString(),
        startedAt: run.startedAt?.toISOString() ?? null,
        finishedAt: run.finishedAt.toISOString(),
        error: run.errorCode === null ? null : { code: run.errorCode, message: shortened(run.errorMessage ?? '') },
      },
      automation: automationId === null ? null : { id: idOf(automationId), key: automationKey ?? '', name: automationName ?? '' },
      workspace: { id: globalId.workspace(run.workspaceId), key: run.workspaceKey, name: run.workspaceName },
      ...(publicUrl === null ? {} : { url: runUrl(publicUrl, id) }),
    },
  };
}

function shortened(text: string): string {
  return text.length > longestMessage ? `${text.slice(0, longestMessage - 1).toWellFormed()}…` : text;
}

/** GraphiQL with a question about the run; without GraphiQL the same address answers programs. */
function runUrl(publicUrl: string, id: string): string {
  const query = `{ run(id: "${id}") { status error { code message } automation { name } queuedAt startedAt finishedAt } }`;
  return `${publicUrl.replace(/\/+$/, '')}/graphql?query=${encodeURIComponent(query)}`;
}

export interface TestPayload {
  readonly type: 'notification.test';
  readonly timestamp: string;
  readonly data: { readonly message: string; readonly recipient: { readonly id: string }; readonly workspace: Named };
}

export interface DisabledPayload {
  readonly type: 'recipient.disabled';
  readonly timestamp: string;
  readonly data: {
    readonly recipient: { readonly id: string; readonly address: string };
    readonly group: Named;
    readonly workspace: Named;
    readonly reason: string;
  };
}

/** The webhook of an app was switched off. */
export interface AppWebhookPayload {
  readonly type: 'app.webhook_disabled';
  readonly timestamp: string;
  readonly data: { readonly app: Named; readonly url: string; readonly workspace: Named; readonly reason: string };
}

/** A mail as a rule wrote it. */
export interface RuleMailPayload {
  readonly type: 'rule.mail';
  readonly data: { readonly subject: string; readonly body: string };
}

/** A rule mentioned somebody in a note. */
export interface MentionPayload {
  readonly type: 'note.mention';
  readonly data: {
    readonly record: { readonly type: string; readonly id: number | null; readonly name: string };
    readonly author: string;
    readonly text: string;
  };
}

/** A flow tells something. */
export interface MessagePayload {
  readonly type: 'flow.message';
  readonly timestamp: string;
  readonly text: string;
  readonly data: { readonly subject: string; readonly text: string; readonly data: Json; readonly run: { readonly id: string } };
}

/** Any payload of a delivery; but a webhook call of a rule has the text of its body instead. */
export type Payload = (
  | RunPayload
  | TestPayload
  | DisabledPayload
  | AppWebhookPayload
  | RuleMailPayload
  | MentionPayload
  | MessagePayload
) & {
  /** To owners: failures before this one that were not told by a mail of their own. */
  readonly leftOut?: number;
};
