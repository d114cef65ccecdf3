/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which actions are wanted. All given conditions hold. */
export type ActionFilter = {
  /** The app that they belong to: its id, or its key. */
  readonly app?: string | null | undefined;
  /** Whether a version of them is live in `production`. */
  readonly deployed?: boolean | null | undefined;
  /** Whether their schedules fire. */
  readonly enabled?: boolean | null | undefined;
  /** The endpoint that they call, as it is live: its id, or its key. */
  readonly endpoint?: string | null | undefined;
  /** Whether they come from an integration. */
  readonly installed?: boolean | null | undefined;
  /** The integration that they come from: its id, or its key. */
  readonly integration?: string | null | undefined;
  /** What they are made of, as it is live. */
  readonly kind?: ActionStepKind | null | undefined;
  /** A label that they have. */
  readonly label?: string | null | undefined;
  /** The whole name, in capitals or not. */
  readonly name?: string | null | undefined;
  /** Where their threads are, as it is live: its id, or its key. */
  readonly namespace?: string | null | undefined;
  /** Whether a schedule will run them. */
  readonly scheduled?: boolean | null | undefined;
  /** A part of the name, the key or the description, in capitals or not. */
  readonly search?: string | null | undefined;
  /** The key of the trigger point that they are made for. */
  readonly triggerPoint?: string | null | undefined;
};

/** An order of a list of Action. */
export type ActionOrder = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: ActionOrderField;
};

/** What a list of Action can be ordered by. */
export type ActionOrderField =
  /** By when they were made. */
  | 'CREATED_AT'
  /** By key. */
  | 'KEY'
  /** By when their newest run was queued; those that never ran come last. */
  | 'LAST_RUN_AT'
  /** By name. */
  | 'NAME'
  /** By when a schedule runs them next; those that none will run come last. */
  | 'NEXT_RUN_AT'
  /** By when they were last changed. */
  | 'UPDATED_AT';

/** The schedule that is written with its action, in `production`. In a change of the action, what is absent stays as it is; another one of `cron`, `interval` and `at` makes it a schedule of that kind. */
export type ActionScheduleInput = {
  /** The one moment at which it fires; not in the past. */
  readonly at?: string | null | undefined;
  /** When it fires, by the clocks of the time zone. Exactly one of `cron`, `interval` and `at` is given. */
  readonly cron?: string | null | undefined;
  /** Whether it fires; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** After this it no longer fires; null: it has no end. */
  readonly endAt?: string | null | undefined;
  /** Between two fires, PT1S or more. */
  readonly interval?: string | null | undefined;
  /** Delays each fire by up to this, P1D or less; shorter than the interval. None when absent. */
  readonly jitter?: string | null | undefined;
  /** What happens to fires that were missed; RUN_ONCE when absent. */
  readonly misfire?: MisfirePolicy | null | undefined;
  /** What happens when a fire is due while an earlier run goes on; SKIP when absent. */
  readonly overlap?: OverlapPolicy | null | undefined;
  /** The input of its runs: what the templates of the action see as `payload`. */
  readonly payload?: unknown;
  /** Of an interval: its first nominal fire; one interval from now when absent. Of cron: no fire before it. */
  readonly startAt?: string | null | undefined;
  /** In which cron is read; UTC when it was never given. */
  readonly timeZone?: string | null | undefined;
};

/** A secret of an action. */
export type ActionSecretInput = {
  /** Letters, digits and _, at most 128. */
  readonly name: string;
  /** Its value, which is never given back; the value that it has when absent. */
  readonly value?: string | null | undefined;
};

/** What an action is made of. */
export type ActionStepKind =
  /** JavaScript, in a sandbox. */
  | 'code'
  /** A call of another server. */
  | 'endpoint'
  /** A mapping of JSON, without code. */
  | 'transform';

/** Who shall hear of a group. Exactly one of `email` and `webhook` is given. */
export type AddRecipientInput = {
  /** An e-mail address. */
  readonly email?: string | null | undefined;
  /** What the webhook gets; STANDARD when absent. It stays as it is. */
  readonly format?: RecipientFormat | null | undefined;
  /** The group. */
  readonly group: string;
  /** A repeat with the same key within 24 hours answers the same recipient, without its secret. */
  readonly idempotencyKey?: string | null | undefined;
  /** What the requests are signed with: `whsec_` and 24 to 64 bytes in base64. A new one when absent. */
  readonly secret?: string | null | undefined;
  /** An http or https URL, without credentials. It gets signed POST requests (Standard Webhooks), unless `format` says otherwise. */
  readonly webhook?: string | null | undefined;
};

/** A key in a header or in the query. */
export type ApiKeyCredentialInput = {
  /** Where it is sent. Required in a new one. */
  readonly in?: ApiKeyPlace | null | undefined;
  /** The name of the header or of the parameter. Required in a new one. */
  readonly name?: string | null | undefined;
  /** The key, never shown again. Required in a new one; absent in a change, it stays. */
  readonly value?: string | null | undefined;
};

/** Where a key is sent. */
export type ApiKeyPlace =
  /** In a header. */
  | 'HEADER'
  /** In the query of the URL. */
  | 'QUERY';

/** For which past times of a schedule to make the runs that are missing. */
export type BackfillScheduleInput = {
  /** Only counts; false when absent. */
  readonly dryRun?: boolean | null | undefined;
  /** The first nominal time. */
  readonly from: string;
  /** The id of the schedule. */
  readonly id: string;
  /** A repeat with the same key within 24 hours answers the same. */
  readonly idempotencyKey?: string | null | undefined;
  /** With more gaps than this nothing is made, 1 to 1000; 1000 when absent. A dry run counts them all. */
  readonly limit?: number | null | undefined;
  /** Nominal times before this. */
  readonly until: string;
};

/** How the delay between attempts grows. */
export type Backoff =
  /** Every delay is twice the one before, up to the longest. */
  | 'EXPONENTIAL'
  /** Every delay is the same. */
  | 'FIXED';

/** User name and password (RFC 7617). */
export type BasicCredentialInput = {
  /** The password, never shown again. Required in a new one; absent in a change, it stays. */
  readonly password?: string | null | undefined;
  /** The user name, without a colon. Required in a new one. */
  readonly username?: string | null | undefined;
};

/** A fixed bearer token (RFC 6750). */
export type BearerCredentialInput = {
  /** The token, never shown again. Required in a new one; absent in a change, it stays. */
  readonly token?: string | null | undefined;
};

/** Where the build of a code stands. */
export type BuildStatus =
  /** A worker resolves and installs its dependencies. */
  | 'BUILDING'
  /** It can be deployed. */
  | 'BUILT'
  /** It cannot be built; the errors say why. */
  | 'FAILED'
  /** The dependencies are there; it is being bundled. */
  | 'PACKAGED'
  /** Waits for a worker. */
  | 'PENDING'
  /** An attempt failed for a reason that may pass; another one will follow. */
  | 'RETRYING';

/** What is done to many runs. */
export type BulkKind =
  /** Each is cancelled. */
  | 'CANCEL'
  /** Each is repeated as a new run. */
  | 'RETRY';

/** Where a bulk operation stands. */
export type BulkStatus =
  /** It was stopped; the runs that were not reached are as they were. */
  | 'CANCELED'
  /** Every run was tried. */
  | 'COMPLETED'
  /** A worker goes through its runs. */
  | 'RUNNING';

/** Which run to cancel. */
export type CancelRunInput = {
  /** Its id. */
  readonly id: string;
};

/** Which runs to cancel. */
export type CancelRunsInput = {
  /** true: tell how many runs match, and do nothing. */
  readonly dryRun?: boolean;
  /** How many you expect, from a dry run: refused with the state COUNT_CHANGED when there are more, or over 10 % fewer. */
  readonly expectedCount?: number | null | undefined;
  /** Which runs, as for `runs`. Without `status`: those that are not final. */
  readonly filter: RunFilter;
  /** A repeat with the same key within 24 hours answers the same operation. */
  readonly idempotencyKey?: string | null | undefined;
  /** The workspace; your only one when absent. */
  readonly workspace?: string | null | undefined;
};

/** What an author's code is written in. */
export type CodeLanguage =
  /** JavaScript. */
  | 'JAVASCRIPT'
  /** TypeScript; its types are stripped at the build, not checked. */
  | 'TYPESCRIPT';

/** Which execution goes on after a redirect. */
export type ContinueTriggerPointInput = {
  /** What came back: its fields stand before those of the event for the action that redirected. */
  readonly event?: Record<string, unknown> | null | undefined;
  /** The id of the run, which waits for it. */
  readonly run: string;
  /** Whether this answers only when the execution is over, at most 22 seconds later; false when absent. */
  readonly wait?: boolean | null | undefined;
};

/** A new action. It has exactly one of `code`, `transform` and `endpoint`. */
export type CreateActionInput = {
  /** The app that it belongs to: its id, or its key; null: none. */
  readonly app?: string | null | undefined;
  /** JavaScript, an ES module: `export default async (input, context) => output`. One of code, transform and endpoint. */
  readonly code?: string | null | undefined;
  /** Texts that the code finds by name; none for null. */
  readonly configuration?: Record<string, unknown> | null | undefined;
  /** The packages that the code may import, at most 10; none for null. */
  readonly dependencies?: ReadonlyArray<DependencyInput> | null | undefined;
  /** Deploys what is saved right away, or as soon as it is built; for the policy MANUAL. False when absent. */
  readonly deploy?: boolean | null | undefined;
  /** What it is for. */
  readonly description?: string | null | undefined;
  /** Whether its schedules fire; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** The endpoint that is called: its id, or its key. */
  readonly endpoint?: string | null | undefined;
  /** A repeat with the same key within 24 hours answers the same action. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use, unique in the workspace: 1 to 128 characters of a-z, 0-9, _, . and -. Made of the name when absent. */
  readonly key?: string | null | undefined;
  /** Words to find it by, at most 50. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** What the code is written in; JAVASCRIPT for null. */
  readonly language?: CodeLanguage | null | undefined;
  /** The modules that the code may import, at most 10; none for null. */
  readonly modules?: ReadonlyArray<ModuleUseInput> | null | undefined;
  /** The name that people read, at most 128 characters. */
  readonly name: string;
  /** Where its threads are: the id or the key of a namespace; null: nowhere. */
  readonly namespace?: string | null | undefined;
  /** Whether the owner gets an e-mail when a run fails; true for null. */
  readonly notifyOwner?: boolean | null | undefined;
  /** A template of what the step gets, rendered once for each run; null: the input of the run as it is. */
  readonly payload?: unknown;
  /** Of its runs in the queue, 1 (highest) to 5; 3 when absent. */
  readonly priority?: number | null | undefined;
  /** When a saved change goes live: AUTO when absent, MANUAL for an action of a trigger point. */
  readonly publishPolicy?: PublishPolicy | null | undefined;
  /** What happens after a failed attempt; no retries when absent. */
  readonly retry?: RetryPolicyInput | null | undefined;
  /** For which Node the code was written: `node22` or `node18`; `node22` for null. */
  readonly runtime?: string | null | undefined;
  /** When it runs by itself; null: not by a schedule of its own. */
  readonly schedule?: ActionScheduleInput | null | undefined;
  /** All its secrets: others go, and a name without a value keeps the one it has. When absent or null they stay as they are. */
  readonly secrets?: ReadonlyArray<ActionSecretInput> | null | undefined;
  /** For FIXED: the name of the thread, 1 to 255 characters. */
  readonly thread?: string | null | undefined;
  /** On which thread its runs are; NEW_EACH_RUN for null. The others need a namespace. */
  readonly threadMode?: ThreadMode | null | undefined;
  /** For TEMPLATE: a template of the name of the thread, such as `daily-{{ date }}`. */
  readonly threadTemplate?: string | null | undefined;
  /** The longest time for one attempt; the default of the server when absent. */
  readonly timeout?: string | null | undefined;
  /** A mapping: JSON whose strings may hold `{{ … }}` over the `payload`. */
  readonly transform?: unknown;
  /** The key of the trigger point that it is made for, such as `post-login`: its code then exports the handler of the point, and it can be bound there. */
  readonly triggerPoint?: string | null | undefined;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new app. */
export type CreateAppInput = {
  /** What it is for. */
  readonly description?: string | null | undefined;
  /** Keeps its rules from acting, wherever it has instances; false when null. */
  readonly disabled?: boolean | null | undefined;
  /** A repeat with the same key within 24 hours answers the same app. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. */
  readonly key?: string | null | undefined;
  /** The name that people read, of 1 to 128 characters. */
  readonly name: string;
  /** What its rules may do at most: `entity.read`, `entity.write`, `note.write`, `webhook.call`, `mail.send`, or one of them for one blueprint: `entity.write:request`. All five when null. */
  readonly scopes?: ReadonlyArray<string> | null | undefined;
  /** Where its rules call with `call webhook '{app_offering_webhook}'`: an http or https URL, without credentials; null: nowhere. One that was switched off is switched on again when it is given. */
  readonly webhookUrl?: string | null | undefined;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** An app that shall act in a workspace. */
export type CreateAppInstanceInput = {
  /** The app: its id or, where it is of the same workspace, its key. */
  readonly app: string;
  /** What its rules find at `rule_app_instance.custom_fields`: at most 64 kB of JSON, 8 levels deep. Empty when null. */
  readonly customFields?: Record<string, unknown> | null | undefined;
  /** Whether the rules of the app act there; true when absent at first. */
  readonly enabled?: boolean | null | undefined;
  /** What its rules may do there, of what the app may do; all of that when null. */
  readonly scopes?: ReadonlyArray<string> | null | undefined;
  /** Keeps them from it nevertheless; false when null. */
  readonly suspended?: boolean | null | undefined;
  /** Why it is suspended, at most 2,000 characters; null makes it empty. */
  readonly suspendedComment?: string | null | undefined;
  /** Where it shall act; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new credential. */
export type CreateCredentialInput = {
  /** A repeat with the same key within 24 hours answers the same credential. The secret is not compared. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. */
  readonly key?: string | null | undefined;
  /** The name that people read, of 1 to 128 characters. */
  readonly name: string;
  /** How calls prove who makes them. */
  readonly settings: CredentialSettingsInput;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new endpoint. */
export type CreateEndpointInput = {
  /** The id or the key of the app that it belongs to. */
  readonly app?: string | null | undefined;
  /** A template of what is sent, not for GET and HEAD; the payload as it is when absent. Texts may hold `{{ … }}` over `payload`, `input`, `run`, `action`, `now`, `date` and `secrets`. */
  readonly body?: unknown;
  /** The id or the key of the credential that its calls use; the system's when absent. */
  readonly credential?: string | null | undefined;
  /** What it does. */
  readonly description?: string | null | undefined;
  /** The statuses that count as done; 200 to 299 when absent. */
  readonly expectedStatus?: ReadonlyArray<number> | null | undefined;
  /** All its headers, at most 50; one that the system sends, too, replaces that. Texts may hold `{{ … }}` over `payload`, `input`, `run`, `action`, `now`, `date` and `secrets`. */
  readonly headers?: ReadonlyArray<HeaderInput> | null | undefined;
  /** A repeat with the same key within 24 hours answers the same endpoint. */
  readonly idempotencyKey?: string | null | undefined;
  /** A JSON Schema (2020-12) of the payload that refers to itself only; any payload when absent. */
  readonly inputSchema?: Record<string, unknown> | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. */
  readonly key?: string | null | undefined;
  /** What it asks for. */
  readonly method: HttpMethod;
  /** The name that people read, of 1 to 128 characters. */
  readonly name: string;
  /** A template that makes the output of the response's `status`, `headers` and `body`, and of the `payload`; the response's body when absent. */
  readonly output?: unknown;
  /** The id or the key of the system that its URL is relative to. */
  readonly system?: string | null | undefined;
  /** The longest time for one call; the limit of the server when absent. */
  readonly timeout?: string | null | undefined;
  /** Relative to the system, or absolute: http or https, without user and password. Texts may hold `{{ … }}` over `payload`, `input`, `run`, `action`, `now`, `date` and `secrets`. */
  readonly url: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new namespace. */
export type CreateNamespaceInput = {
  /** The id or the key of the app that it belongs to. */
  readonly app?: string | null | undefined;
  /** What it is for. */
  readonly description?: string | null | undefined;
  /** A repeat with the same key within 24 hours answers the same namespace. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. */
  readonly key?: string | null | undefined;
  /** The name that people read, of 1 to 128 characters. */
  readonly name: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new notification group. Recipients are added to it afterwards. */
export type CreateNotificationGroupInput = {
  /** It is told of runs of the actions of this app only. */
  readonly app?: string | null | undefined;
  /** The same by the key of the app. */
  readonly appKey?: string | null | undefined;
  /** It is told of runs of this action, flow or rule only. */
  readonly automation?: string | null | undefined;
  /** The same by its key. */
  readonly automationKey?: string | null | undefined;
  /** What it is for. */
  readonly description?: string | null | undefined;
  /** Whether it is told of anything; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** What it is told of: one or more. */
  readonly events: ReadonlyArray<NotificationEvent>;
  /** A repeat with the same key within 24 hours answers the same group. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use, unique in the workspace: 1 to 128 characters of a-z, 0-9, _, . and -. Made of the name when absent. */
  readonly key?: string | null | undefined;
  /** The name that people read, at most 128 characters. */
  readonly name: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new rule. */
export type CreateRuleInput = {
  /** What is done; null: nothing. */
  readonly actions?: RuleLinesInput | null | undefined;
  /** The app on whose behalf it acts, wherever that has an instance: its id, or its key. Without one it acts in its workspace. It cannot be changed. */
  readonly app?: string | null | undefined;
  /** When the actions are done, at most 64 kB; empty and null: always. */
  readonly condition?: string | null | undefined;
  /** What it is for: Markdown, at most 64 kB. Null makes it empty. */
  readonly description?: string | null | undefined;
  /** Whether it acts; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** Its expressions; null: none. */
  readonly expressions?: RuleLinesInput | null | undefined;
  /** A repeat with the same key within 24 hours answers the same rule. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. */
  readonly key?: string | null | undefined;
  /** Words to find it by, at most 50 of at most 64 characters each. Null removes all. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** The name that people read, and other rules trigger it by after a delay; 1 to 128 characters. */
  readonly name: string;
  /** Whether the owner gets an e-mail when it fails; true when null. */
  readonly notifyOwner?: boolean | null | undefined;
  /** Its place among the rules for one event, from 0; the last one when absent. */
  readonly position?: number | null | undefined;
  /** The type of records that it is about: the key of a blueprint, or one of its aliases. */
  readonly recordType: string;
  /** When it is evaluated: `on create`, `on update`, `on <field> update`, `on note added`, `after delay`. At most 128 characters. */
  readonly trigger: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new schedule. */
export type CreateScheduleInput = {
  /** The one moment at which it fires; not in the past. */
  readonly at?: string | null | undefined;
  /** The id of what it runs. */
  readonly automation: string;
  /** When it fires, by the clocks of the time zone. Exactly one of `cron`, `interval` and `at` is given. */
  readonly cron?: string | null | undefined;
  /** Whether it fires; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** After this it no longer fires; null: it has no end. */
  readonly endAt?: string | null | undefined;
  /** The key of the environment whose version it runs; `production` when absent. */
  readonly environment?: string | null | undefined;
  /** A repeat with the same key within 24 hours answers the same schedule. */
  readonly idempotencyKey?: string | null | undefined;
  /** Between two fires, PT1S or more. */
  readonly interval?: string | null | undefined;
  /** Delays each fire by up to this, P1D or less; shorter than the interval. None when absent. */
  readonly jitter?: string | null | undefined;
  /** What happens to fires that were missed; RUN_ONCE when absent. */
  readonly misfire?: MisfirePolicy | null | undefined;
  /** What happens when a fire is due while an earlier run goes on; SKIP when absent. */
  readonly overlap?: OverlapPolicy | null | undefined;
  /** The input of its runs. */
  readonly payload?: unknown;
  /** Of an interval: its first nominal fire; one interval from now when absent. Of cron: no fire before it. */
  readonly startAt?: string | null | undefined;
  /** In which cron is read; UTC when it was never given. */
  readonly timeZone?: string | null | undefined;
};

/** A new system. */
export type CreateSystemInput = {
  /** What the URLs of its endpoints are relative to: http or https, without user, password, query and fragment. */
  readonly baseUrl: string;
  /** The id or the key of the credential that its calls use. */
  readonly credential?: string | null | undefined;
  /** What it is. */
  readonly description?: string | null | undefined;
  /** Sent with each call, at most 50. Values may hold `{{ … }}` over `payload`, `input`, `run`, `action`, `now`, `date` and `secrets`. */
  readonly headers?: ReadonlyArray<HeaderInput> | null | undefined;
  /** A repeat with the same key within 24 hours answers the same system. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. */
  readonly key?: string | null | undefined;
  /** The name that people read, of 1 to 128 characters. */
  readonly name: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A new webhook. */
export type CreateWebhookInput = {
  /** The id of what it triggers. Give exactly one of automation, automationKey and emits. */
  readonly automation?: string | null | undefined;
  /** The key of what it triggers. */
  readonly automationKey?: string | null | undefined;
  /** Instead of triggering an automation, it emits an event of this type: words of a-z, 0-9 and _ with dots between them, such as `order.paid`. Not of those that Millrace emits: `entity.`, `note.`, `link.`, `rule.`. */
  readonly emits?: string | null | undefined;
  /** Whether it takes requests; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** How an HMAC is written; HEX when absent. */
  readonly encoding?: SignatureEncoding | null | undefined;
  /** The key of the environment in which its runs run when the address names none; `production` when absent. */
  readonly environment?: string | null | undefined;
  /** The header with the signature: required for HMAC_SHA256, and only there. */
  readonly header?: string | null | undefined;
  /** The header in which every request has its id, by which repeats are known; a request without it is refused. Null: `webhook-id`, where there is one. Not for STANDARD_WEBHOOKS, which signs that one. */
  readonly idHeader?: string | null | undefined;
  /** A repeat with the same key within 24 hours answers the same webhook, without its secret. */
  readonly idempotencyKey?: string | null | undefined;
  /** The name that people read, in 1 to 128 characters. */
  readonly name: string;
  /** The body of its answer, sent as it is, up to 10000 characters. Null: `{"run":"run_…"}` or `{"event":"evt_…"}` where the format is JSON, else empty. */
  readonly responseBody?: string | null | undefined;
  /** As what its answer is sent; JSON when absent. */
  readonly responseFormat?: WebhookFormat | null | undefined;
  /** The status of its answer: 200, 201, 202 or 204; 202 when absent. */
  readonly responseStatus?: number | null | undefined;
  /** What requests are signed with, where the sender chose it: `whsec_` and 24 to 64 bytes in base64 for STANDARD_WEBHOOKS, 16 characters or more for HMAC_SHA256. A new one is made when absent. */
  readonly secret?: string | null | undefined;
  /** How far the timestamp of Standard Webhooks may be from now, PT1S to P1D; PT5M when absent. */
  readonly tolerance?: string | null | undefined;
  /** How it tells that a request is its sender's. */
  readonly verification: WebhookVerification;
  /** Where the key is looked for, or the event is emitted; your only workspace when absent. */
  readonly workspace?: string | null | undefined;
};

/** How calls prove who makes them: exactly one of these. */
export type CredentialSettingsInput =
  {   /** A key in a header or in the query. */
  readonly apiKey: ApiKeyCredentialInput; readonly basic?: never; readonly bearer?: never; readonly oauth2ClientCredentials?: never; }
  |  { readonly apiKey?: never;   /** User name and password. */
  readonly basic: BasicCredentialInput; readonly bearer?: never; readonly oauth2ClientCredentials?: never; }
  |  { readonly apiKey?: never; readonly basic?: never;   /** A fixed token. */
  readonly bearer: BearerCredentialInput; readonly oauth2ClientCredentials?: never; }
  |  { readonly apiKey?: never; readonly basic?: never; readonly bearer?: never;   /** A token that is fetched. */
  readonly oauth2ClientCredentials: OAuth2ClientCredentialsInput; };

/** What a trigger point came to. */
export type DecisionKind =
  /** No action refused. */
  | 'ALLOW'
  /** An action refused, and the next ones did not run. */
  | 'DENY'
  /** An action sends the person elsewhere; the execution goes on when they are back. */
  | 'REDIRECT';

/** Which action to delete. Exactly one of `id` and `key` is given. */
export type DeleteActionInput = {
  /** Also when it is bound to a trigger point, which it then leaves. False when absent. */
  readonly force?: boolean | null | undefined;
  /** Its id. */
  readonly id?: string | null | undefined;
  /** Its key. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Which rule to delete. */
export type DeleteRuleInput = {
  /** Its id. Give exactly one of id and key. */
  readonly id?: string | null | undefined;
  /** Its key. A key never changes. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A package of npm that the code imports. */
export type DependencyInput = {
  /** Its name. */
  readonly name: string;
  /** A version, a range of versions, or a tag; `latest` when absent. The build says what it became. */
  readonly version?: string | null | undefined;
};

/** Which action to deploy. Exactly one of `id` and `key` is given. */
export type DeployActionInput = {
  /** The key of the environment in which it goes live; `production` when absent. */
  readonly environment?: string | null | undefined;
  /** Its id. */
  readonly id?: string | null | undefined;
  /** Its key. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Which action to disable. Exactly one of `id` and `key` is given. */
export type DisableActionInput = {
  /** Its id. */
  readonly id?: string | null | undefined;
  /** Its key. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Which rule to disable. */
export type DisableRuleInput = {
  /** Its id. Give exactly one of id and key. */
  readonly id?: string | null | undefined;
  /** Its key. A key never changes. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Which action to enable. Exactly one of `id` and `key` is given. */
export type EnableActionInput = {
  /** Its id. */
  readonly id?: string | null | undefined;
  /** Its key. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Which rule to enable. */
export type EnableRuleInput = {
  /** Its id. Give exactly one of id and key. */
  readonly id?: string | null | undefined;
  /** Its key. A key never changes. */
  readonly key?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Which events are wanted; all conditions must hold. */
export type EntityEventFilter = {
  /** About records of the blueprints with these keys. */
  readonly blueprints?: ReadonlyArray<string> | null | undefined;
  /** About these records, up to 100. */
  readonly entities?: ReadonlyArray<string> | null | undefined;
  /** About records that had one of these labels right after the event. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** Of these types. */
  readonly types?: ReadonlyArray<string> | null | undefined;
  /** Of this workspace; absent: of every workspace whose events the viewer may read. */
  readonly workspace?: string | null | undefined;
};

/** Why something was refused. */
export type ErrorCode =
  /** The key is taken. */
  | 'ALREADY_EXISTS'
  /** The thing is not in a state for it. */
  | 'CONFLICT'
  /** The cursor of the live feed is older than what is kept. */
  | 'CURSOR_EXPIRED'
  /** The viewer may see it, and may not do this. */
  | 'FORBIDDEN'
  /** The idempotency key was used before, with another input. */
  | 'IDEMPOTENCY_CONFLICT'
  /** The input is at fault; `fields` says where. */
  | 'INVALID_INPUT'
  /** Too much, or too soon. */
  | 'LIMIT_EXCEEDED'
  /** There is no such thing, or the viewer may not see it. */
  | 'NOT_FOUND'
  /** Nobody is signed in, or the token is no longer valid. */
  | 'UNAUTHENTICATED';

/** Which trigger point is fired, and for what. */
export type FireTriggerPointInput = {
  /** What the actions get, as `eventSchema` describes it. */
  readonly event: Record<string, unknown>;
  /** A repeat with the same key within 24 hours answers the same execution, and waits for it where asked to. */
  readonly idempotencyKey?: string | null | undefined;
  /** The key of the trigger point. */
  readonly triggerPoint: string;
  /** Whether this answers only when the execution is over, at most 22 seconds later; false when absent. */
  readonly wait?: boolean | null | undefined;
  /** Where; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A header of a request. What the connection itself says cannot be set: Host, Content-Length, Connection, Transfer-Encoding and others. */
export type HeaderInput = {
  /** Its name, each one once in any case. */
  readonly name: string;
  /** Its value: one line of text that may hold `{{ … }}`. */
  readonly value: string;
};

/** What a request asks for (RFC 9110). */
export type HttpMethod =
  /** That what is there be deleted. */
  | 'DELETE'
  /** A representation; the request has no body. */
  | 'GET'
  /** The head of one; the request has no body. */
  | 'HEAD'
  /** That what is there be changed. */
  | 'PATCH'
  /** That the content be processed. */
  | 'POST'
  /** That the content become what is there. */
  | 'PUT';

/** A table of rules. */
export type ImportRulesInput = {
  /** The app of those rows that name none: its id, or its key. */
  readonly app?: string | null | undefined;
  /** The table, at most 1,000 rules and 1 MB. Its first row names the columns: `key`, `name`, `record_type` (or `rulable_type`), `trigger`, `position`, `expressions`, `condition`, `actions`, `description`, `app_offering` (the reference of an app), `enabled` or `disabled`. `id`, `created_at`, `updated_at`, `description_html` and `actions_html` are passed over. */
  readonly document: string;
  /** How the table is written. */
  readonly format: TableFormat;
  /** Where they belong; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** How much a line matters. */
export type LogLevel =
  /** For who looks for a fault. */
  | 'DEBUG'
  /** Something failed. */
  | 'ERROR'
  /** What happened. */
  | 'INFO'
  /** Worth a look. */
  | 'WARN';

/** What happens to fires that were missed while no worker was up. */
export type MisfirePolicy =
  /** Each one fires. */
  | 'RUN_ALL'
  /** The newest one fires if it is at most 60 seconds late; the others are skipped. */
  | 'RUN_ONCE'
  /** They are recorded as skipped. */
  | 'SKIP';

/** A module that the code imports as `actions:<key>`. */
export type ModuleUseInput = {
  /** Its id, or its key. */
  readonly module: string;
  /** The number of its version; the newest one when absent. */
  readonly version?: number | null | undefined;
};

/** What a group is told of. */
export type NotificationEvent =
  /** A run was cancelled. */
  | 'RUN_CANCELED'
  /** The workers of a run crashed too often. */
  | 'RUN_DEAD'
  /** A run failed. */
  | 'RUN_FAILED'
  /** A run stopped after some results. */
  | 'RUN_PARTIAL'
  /** A run succeeded. */
  | 'RUN_SUCCEEDED'
  /** The time of a run was over. */
  | 'RUN_TIMED_OUT';

/** Client credentials (RFC 6749, 4.4): a token is fetched with them and kept until it expires. */
export type OAuth2ClientCredentialsInput = {
  /** For whom they are meant; not said when absent. */
  readonly audience?: string | null | undefined;
  /** Who fetches them. Required in a new one. */
  readonly clientId?: string | null | undefined;
  /** The secret, never shown again. Required in a new one; absent in a change, it stays. */
  readonly clientSecret?: string | null | undefined;
  /** What they are asked for; none when absent. */
  readonly scopes?: ReadonlyArray<string> | null | undefined;
  /** Where tokens are fetched: http or https, without user and password. Required in a new one. */
  readonly tokenUrl?: string | null | undefined;
};

/** Which way a list runs. */
export type OrderDirection =
  /** From the smallest, earliest or first in the alphabet. */
  | 'ASC'
  /** From the largest, latest or last in the alphabet. */
  | 'DESC';

/** What happens when a fire is due while the run of an earlier one has not finished. */
export type OverlapPolicy =
  /** Both run. */
  | 'ALLOW'
  /** It waits for the earlier one. */
  | 'QUEUE'
  /** It is recorded as skipped. */
  | 'SKIP';

/** What to hold back: exactly one of these. */
export type PauseInput = {
  /** The runs of an app's automations. */
  readonly app?: string | null | undefined;
  /** The runs of an automation. */
  readonly automation?: string | null | undefined;
  /** Calls of a host: `api.example.com`, `api.example.com:8443` or a URL of it. */
  readonly host?: string | null | undefined;
  /** Why, for the people who meet it, in up to 500 characters. */
  readonly reason?: string | null | undefined;
  /** A workspace with all of its runs. Beside `host`: whose calls; your only workspace when absent. */
  readonly workspace?: string | null | undefined;
};

/** What a pause holds back. */
export type PauseKind =
  /** The runs of an app's automations. */
  | 'APP'
  /** The runs of one automation. */
  | 'AUTOMATION'
  /** Calls of one host. */
  | 'HOST'
  /** All runs of the workspace. */
  | 'WORKSPACE';

/** Something that a role may permit in a workspace. */
export type Permission =
  /** See apps, namespaces and threads. */
  | 'APP_READ'
  /** Create, change and delete apps and namespaces. */
  | 'APP_WRITE'
  /** See who did what. */
  | 'AUDIT_READ'
  /** Enable and disable automations. */
  | 'AUTOMATION_ENABLE'
  /** See automations and their versions. */
  | 'AUTOMATION_READ'
  /** Trigger runs. */
  | 'AUTOMATION_TRIGGER'
  /** Create, change, deploy and delete automations. */
  | 'AUTOMATION_WRITE'
  /** See blueprints. */
  | 'BLUEPRINT_READ'
  /** Create, change and delete blueprints. */
  | 'BLUEPRINT_WRITE'
  /** See systems, endpoints and credentials, without what is secret in them. */
  | 'CONNECTION_READ'
  /** Create, change and delete systems, endpoints and credentials. */
  | 'CONNECTION_WRITE'
  /** See records, their links and notes, and follow them live. */
  | 'ENTITY_READ'
  /** Create, change and delete records, link them and add notes. */
  | 'ENTITY_WRITE'
  /** Make and delete environments. */
  | 'ENVIRONMENT_WRITE'
  /** Emit events. */
  | 'EVENT_EMIT'
  /** See events and what automations made of them. */
  | 'EVENT_READ'
  /** See integrations and their releases. */
  | 'INTEGRATION_READ'
  /** Offer integrations, release them, change and delete them. */
  | 'INTEGRATION_WRITE'
  /** Name owners, and change or remove them. */
  | 'MEMBER_OWNER'
  /** See who the members are. */
  | 'MEMBER_READ'
  /** Invite people, change their roles, remove them. */
  | 'MEMBER_WRITE'
  /** See notification groups, their recipients and deliveries. */
  | 'NOTIFICATION_READ'
  /** Send deliveries again. */
  | 'NOTIFICATION_REDRIVE'
  /** Create, change and delete notification groups and recipients. */
  | 'NOTIFICATION_WRITE'
  /** See what is paused. */
  | 'PAUSE_READ'
  /** Pause and resume. */
  | 'PAUSE_WRITE'
  /** See trigger points and what is bound to them. */
  | 'POINT_READ'
  /** Define trigger points and bind actions to them. */
  | 'POINT_WRITE'
  /** Approve and reject what runs wait for. */
  | 'RUN_APPROVE'
  /** Cancel runs. */
  | 'RUN_CANCEL'
  /** See runs, their steps, logs and events, and follow them live. */
  | 'RUN_READ'
  /** Retry runs. */
  | 'RUN_RETRY'
  /** See schedules and their ticks. */
  | 'SCHEDULE_READ'
  /** Create, change and delete schedules. */
  | 'SCHEDULE_WRITE'
  /** See which secrets there are; nobody sees their values. */
  | 'SECRET_READ'
  /** Set and delete secrets. */
  | 'SECRET_WRITE'
  /** See the service tokens, without their secrets. */
  | 'TOKEN_READ'
  /** Make and revoke service tokens. */
  | 'TOKEN_WRITE'
  /** See webhooks with their addresses, and the requests to them. */
  | 'WEBHOOK_READ'
  /** Create, change and delete webhooks. */
  | 'WEBHOOK_WRITE'
  /** Delete the workspace with everything in it. */
  | 'WORKSPACE_DELETE'
  /** See the workspace and its environments. */
  | 'WORKSPACE_READ'
  /** Change the name and the limits of the workspace. */
  | 'WORKSPACE_UPDATE';

/** When a saved change goes live. */
export type PublishPolicy =
  /** Every save is deployed as a new version, as soon as it is built. */
  | 'AUTO'
  /** A save changes the draft; deploying makes it live. */
  | 'MANUAL';

/** What is sent to a webhook. */
export type RecipientFormat =
  /** A text, as Discord takes it. */
  | 'DISCORD'
  /** A text, as Slack, Mattermost, Rocket.Chat and Google Chat take it. */
  | 'SLACK'
  /** A signed request with all that is known (Standard Webhooks). */
  | 'STANDARD'
  /** A card with the text, as Microsoft Teams takes it. */
  | 'TEAMS';

/** How a recipient is reached. */
export type RecipientKind =
  /** By e-mail. */
  | 'EMAIL'
  /** By a signed request (Standard Webhooks). */
  | 'WEBHOOK';

/** What the steps of a run do outside of it that does an earlier one again. */
export type ReplayEffects =
  /** What they do in any run. */
  | 'REAL'
  /** Nothing: they answer what was recorded, where they are given the same. */
  | 'RECORDED';

/** Which run to do again, and how. */
export type ReplayRunInput = {
  /** What its steps do outside of it. */
  readonly effects: ReplayEffects;
  /** Path of the first step that is done again. Those that had ended before it began are taken over. All are done again when absent. */
  readonly from?: string | null | undefined;
  /** A repeat with the same key within 24 hours answers the same run. */
  readonly idempotencyKey?: string | null | undefined;
  /** A final run of a flow or an action. */
  readonly run: string;
  /** A version of its automation; the one that ran when absent. */
  readonly version?: string | null | undefined;
};

/** Which pause to end: by its id, or by exactly one of what it holds back. */
export type ResumeInput = {
  /** A paused app. */
  readonly app?: string | null | undefined;
  /** A paused automation. */
  readonly automation?: string | null | undefined;
  /** A paused host. */
  readonly host?: string | null | undefined;
  /** The id of the pause. */
  readonly id?: string | null | undefined;
  /** A paused workspace. Beside `host`: whose calls; your only workspace when absent. */
  readonly workspace?: string | null | undefined;
};

/** What happens after a failed attempt. What is absent is the default. */
export type RetryPolicyInput = {
  /** How the delay grows; EXPONENTIAL when absent. */
  readonly backoff?: Backoff | null | undefined;
  /** Before the first retry; PT1S when absent. */
  readonly delay?: string | null | undefined;
  /** The part of each delay that is random, 0 to 1; 0.2 when absent. */
  readonly jitter?: number | null | undefined;
  /** The longest delay; PT1M when absent. */
  readonly maxDelay?: string | null | undefined;
  /** Attempts after the first one; 0 when absent. */
  readonly maxRetries?: number | null | undefined;
  /** Statuses of a response that are worth another attempt, 100 to 599; when absent 408, 425, 429 and 500 to 599 but for 501. No others are then tried again. */
  readonly on?: ReadonlyArray<number> | null | undefined;
};

/** Which run to repeat. */
export type RetryRunInput = {
  /** Its id. */
  readonly id: string;
  /** A repeat with the same key within 24 hours answers the same run. */
  readonly idempotencyKey?: string | null | undefined;
};

/** Which runs to repeat. */
export type RetryRunsInput = {
  /** true: tell how many runs match, and do nothing. */
  readonly dryRun?: boolean;
  /** How many you expect, from a dry run: refused with the state COUNT_CHANGED when there are more, or over 10 % fewer. */
  readonly expectedCount?: number | null | undefined;
  /** Which runs, as for `runs`. Without `status`: final ones that did not succeed. */
  readonly filter: RunFilter;
  /** A repeat with the same key within 24 hours answers the same operation. */
  readonly idempotencyKey?: string | null | undefined;
  /** The workspace; your only one when absent. */
  readonly workspace?: string | null | undefined;
};

/** What became of a row of a table. */
export type RowChange =
  /** It changed one that was there. */
  | 'CHANGED'
  /** It made a thing. */
  | 'CREATED'
  /** What was there was as it says. */
  | 'UNCHANGED';

/** Which rules are wanted. All given conditions hold. */
export type RuleFilter = {
  /** Those of this app: its id, or its key. */
  readonly app?: string | null | undefined;
  /** Those about records of the blueprint with this key. */
  readonly blueprint?: string | null | undefined;
  /** When they were made. */
  readonly createdAt?: TimeRange | null | undefined;
  /** Whether they act. */
  readonly enabled?: boolean | null | undefined;
  /** Those about records of this type, as they have it written: `Req`. */
  readonly recordType?: string | null | undefined;
  /** A part of the name, the key or the description, in capitals or not. */
  readonly search?: string | null | undefined;
  /** Those with this trigger, however it is written: `on status update`. */
  readonly trigger?: string | null | undefined;
  /** When they were last changed. */
  readonly updatedAt?: TimeRange | null | undefined;
};

/** One expression or action of a list. */
export type RuleLineInput = {
  /** The name of the expression, or the label of the action. */
  readonly name: string;
  /** What it says: one expression, or one action. */
  readonly value: string;
};

/** Expressions or actions, in one of two forms, which can be read back byte for byte. */
export type RuleLinesInput =
  {   /** A list of at most 1,000 entries, which are 64 kB as a text at most. */
  readonly list: ReadonlyArray<RuleLineInput>; readonly text?: never; }
  |  { readonly list?: never;   /** One text of at most 64 kB, with a line for each: `name: what it says`. */
  readonly text: string; };

/** Lists of rules that are asked for often. */
export type RuleList =
  /** Those about records of the blueprint `ci`. */
  | 'FOR_CIS'
  /** Those about records of the blueprint `request`. */
  | 'FOR_REQUESTS'
  /** Those about records of the blueprint `task`. */
  | 'FOR_TASKS';

/** An order of a list of Rule. */
export type RuleOrder = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: RuleOrderField;
};

/** What a list of Rule can be ordered by. */
export type RuleOrderField =
  /** By when they were made. */
  | 'CREATED_AT'
  /** By name. */
  | 'NAME'
  /** By number: the order in which they were made. */
  | 'NUMBER'
  /** By position, and where it is equal by number: the order in which they act. */
  | 'POSITION'
  /** By when they were last changed. */
  | 'UPDATED_AT';

/** Which events are wanted; all conditions must hold. */
export type RunEventFilter = {
  /** Of runs of this automation. */
  readonly automation?: string | null | undefined;
  /** Of runs of the automation that has this key when the subscription starts. */
  readonly automationKey?: string | null | undefined;
  /** Of these runs, up to 100. */
  readonly runs?: ReadonlyArray<string> | null | undefined;
  /** With one of these statuses of the run, right after the event. */
  readonly statuses?: ReadonlyArray<RunStatus> | null | undefined;
  /** Of these types. */
  readonly types?: ReadonlyArray<RunEventType> | null | undefined;
  /** Of this workspace; absent: of every workspace whose runs the viewer may read. */
  readonly workspace?: string | null | undefined;
};

/** What a run event tells. */
export type RunEventType =
  /** A line was logged. */
  | 'LOG'
  /** Someone asked for the run to be cancelled. */
  | 'RUN_CANCEL_REQUESTED'
  /** The run is final; `status` says how. */
  | 'RUN_FINISHED'
  /** The run waits for a worker. It is the first event of a run, but of one that waits for its thread: that one begins with RUN_WAITING. */
  | 'RUN_QUEUED'
  /** The run's worker was lost; the run is queued again. */
  | 'RUN_RECLAIMED'
  /** A worker took the run. */
  | 'RUN_STARTED'
  /** The run waits; `run.waitingFor` says for what. */
  | 'RUN_WAITING'
  /** A step is final. */
  | 'STEP_FINISHED'
  /** A step's attempt failed and another one will follow. */
  | 'STEP_RETRYING'
  /** A step's attempt began. */
  | 'STEP_STARTED';

/** Which runs are wanted. All given conditions hold. */
export type RunFilter = {
  /** Runs of the automations of the app with this id. */
  readonly app?: string | null | undefined;
  /** Runs of the automation with this id. */
  readonly automation?: string | null | undefined;
  /** Runs of the automations with this key, deleted ones included. */
  readonly automationKey?: string | null | undefined;
  /** Why they failed: any of these codes. */
  readonly errorCode?: ReadonlyArray<string> | null | undefined;
  /** When they became final. */
  readonly finishedAt?: TimeRange | null | undefined;
  /** The run with this key, which a client gave it. */
  readonly key?: string | null | undefined;
  /** When they were queued. */
  readonly queuedAt?: TimeRange | null | undefined;
  /** Runs that the schedule with this id made. */
  readonly schedule?: string | null | undefined;
  /** Where they stand: any of these. */
  readonly status?: ReadonlyArray<RunStatus> | null | undefined;
  /** Runs with all of these tags, up to 50. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** Runs on the thread with this id. */
  readonly thread?: string | null | undefined;
  /** What started them: any of these. */
  readonly trigger?: ReadonlyArray<RunTrigger> | null | undefined;
  /** Executions of the trigger point with this key. */
  readonly triggerPoint?: string | null | undefined;
};

/** An order of a list of Run. */
export type RunOrder = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: RunOrderField;
};

/** What a list of Run can be ordered by. */
export type RunOrderField =
  /** By when they became final; those that are not come last. */
  | 'FINISHED_AT'
  /** By their priority in the queue. */
  | 'PRIORITY'
  /** By when they were queued. */
  | 'QUEUED_AT'
  /** By when they started; those that have not come last. */
  | 'STARTED_AT';

/** By what runs are told apart. */
export type RunStatsGrouping =
  /** The app that what ran belongs to now; runs of what belongs to none are a group of their own. */
  | 'APP'
  /** What ran. */
  | 'AUTOMATION'
  /** Why they failed; runs without an error are a group of their own. */
  | 'ERROR_CODE'
  /** Where they stand. */
  | 'STATUS'
  /** What started them. */
  | 'TRIGGER';

/** How long a bucket is. */
export type RunStatsInterval =
  /** From midnight to midnight in the time zone. */
  | 'DAY'
  /** An hour of 60 minutes, also where clocks are set forward or back. */
  | 'HOUR'
  /** A minute. */
  | 'MINUTE'
  /** A month of the calendar in the time zone. */
  | 'MONTH'
  /** From Monday to Sunday in the time zone. */
  | 'WEEK';

/** Where a run stands. */
export type RunStatus =
  /** Cancelled by a person or a rule. */
  | 'CANCELED'
  /** Its workers crashed too often; it can be retried by hand. */
  | 'DEAD'
  /** A step failed for good. */
  | 'FAILED'
  /** Stopped by an error after some results. */
  | 'PARTIAL'
  /** Committed, waiting for a worker. */
  | 'QUEUED'
  /** A worker holds its lease. */
  | 'RUNNING'
  /** Everything was done. */
  | 'SUCCEEDED'
  /** The run's time was over. */
  | 'TIMED_OUT'
  /** Waiting for what `waitingFor` names. */
  | 'WAITING';

/** What started a run. */
export type RunTrigger =
  /** A client of the API. */
  | 'API'
  /** A delay was over. */
  | 'DELAY'
  /** Something happened to a record. */
  | 'EVENT'
  /** A person, in a page. */
  | 'MANUAL'
  /** A finished run is done again, with what was recorded of it. */
  | 'REPLAY'
  /** A retry of a finished run. */
  | 'RETRY'
  /** A schedule's tick. */
  | 'SCHEDULE'
  /** A step of another run. */
  | 'STEP'
  /** It is tried out: nothing of it stays. */
  | 'TEST'
  /** A trigger point was fired. */
  | 'TRIGGER_POINT'
  /** A request to a webhook. */
  | 'WEBHOOK';

/** What a schedule's times are made of. */
export type ScheduleKind =
  /** A cron expression in a time zone. */
  | 'CRON'
  /** Whole intervals from a start. */
  | 'INTERVAL'
  /** One moment. */
  | 'ONCE';

/** A secret as it should be. */
export type SetSecretInput = {
  /** The id or the key of the action whose own it is; the workspace's when absent. An action's own hides the workspace's of the same name. */
  readonly action?: string | null | undefined;
  /** The name by which it is used: 1 to 128 letters, digits and _, not beginning with a digit. */
  readonly name: string;
  /** Its value, never shown again. */
  readonly value: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** How a signature is written. */
export type SignatureEncoding =
  /** Base64. */
  | 'BASE64'
  /** Hexadecimal. */
  | 'HEX';

/** Where a step stands. */
export type StepStatus =
  /** The run was cancelled while it ran. */
  | 'CANCELED'
  /** Its last attempt failed. */
  | 'FAILED'
  /** An attempt failed and another one will follow. */
  | 'RETRYING'
  /** A worker is executing it. */
  | 'RUNNING'
  /** It has no output: its conditions were not met, or it found nothing. */
  | 'SKIPPED'
  /** It has its output. */
  | 'SUCCEEDED'
  /** It ran longer than it may. */
  | 'TIMED_OUT'
  /** It goes on when what it waits for is there. */
  | 'WAITING';

/** How a table is written. Quoted fields may go over several lines. */
export type TableFormat =
  /** Fields are separated by commas (RFC 4180). */
  | 'CSV'
  /** A list of objects, whose names are those of the columns; expressions and actions are texts, or lists of `{ "name", "value" }`. */
  | 'JSON'
  /** Fields are separated by tabs. */
  | 'TSV';

/** A word and its value, to find things by. */
export type TagInput = {
  /** The word, 1 to 128 characters. */
  readonly key: string;
  /** Its value, at most 256 characters. */
  readonly value: string;
};

/** On which thread the runs of an automation are. */
export type ThreadMode =
  /** All runs are on one thread, in order. */
  | 'FIXED'
  /** Each run has a thread of its own: runs do not wait for each other. */
  | 'NEW_EACH_RUN'
  /** A template names the thread of each run; runs on the same thread are in order. */
  | 'TEMPLATE';

/** A stretch of time. An end that is not given is open. */
export type TimeRange = {
  /** At this moment or later. */
  readonly from?: string | null | undefined;
  /** Before this moment. */
  readonly until?: string | null | undefined;
};

/** A run of an action, which is named by exactly one of `id` and `key`. */
export type TriggerActionInput = {
  /** The key of the environment whose version runs; `production` when absent. */
  readonly environment?: string | null | undefined;
  /** Its id. */
  readonly id?: string | null | undefined;
  /** A repeat with the same key within 24 hours answers the same run. */
  readonly idempotencyKey?: string | null | undefined;
  /** Its key. */
  readonly key?: string | null | undefined;
  /** The input of the run: what the templates of the action see as `payload`. */
  readonly payload?: unknown;
  /** In the queue, 1 (highest) to 5; the one of the action when absent. */
  readonly priority?: number | null | undefined;
  /** What the step gets as it is, in place of what the payload template of the action would make. */
  readonly resolvedPayload?: unknown;
  /** The name of the thread, 1 to 255 characters, in place of what the thread mode says; the action needs a namespace. */
  readonly thread?: string | null | undefined;
  /** Where the action is; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Several runs at once. */
export type TriggerActionsInput = {
  /** The runs, at most 100. Each one succeeds or is refused by itself. */
  readonly items: ReadonlyArray<TriggerActionInput>;
};

/** Changes of an action, which is named by exactly one of `id` and `key`. What is absent stays as it is. */
export type UpdateActionInput = {
  /** The app that it belongs to: its id, or its key; null: none. */
  readonly app?: string | null | undefined;
  /** JavaScript, an ES module: `export default async (input, context) => output`. One of code, transform and endpoint. */
  readonly code?: string | null | undefined;
  /** Texts that the code finds by name; none for null. */
  readonly configuration?: Record<string, unknown> | null | undefined;
  /** The packages that the code may import, at most 10; none for null. */
  readonly dependencies?: ReadonlyArray<DependencyInput> | null | undefined;
  /** What it is for; null makes it empty. */
  readonly description?: string | null | undefined;
  /** The endpoint that is called: its id, or its key. */
  readonly endpoint?: string | null | undefined;
  /** Its id. */
  readonly id?: string | null | undefined;
  /** Its key. A key never changes. */
  readonly key?: string | null | undefined;
  /** All its labels; null removes them. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** What the code is written in; JAVASCRIPT for null. */
  readonly language?: CodeLanguage | null | undefined;
  /** The modules that the code may import, at most 10; none for null. */
  readonly modules?: ReadonlyArray<ModuleUseInput> | null | undefined;
  /** The name that people read, at most 128 characters. */
  readonly name?: string | null | undefined;
  /** Where its threads are: the id or the key of a namespace; null: nowhere. */
  readonly namespace?: string | null | undefined;
  /** Whether the owner gets an e-mail when a run fails; true for null. */
  readonly notifyOwner?: boolean | null | undefined;
  /** The id of the user who hears of its failures, a member of the workspace; null: nobody. */
  readonly owner?: string | null | undefined;
  /** A template of what the step gets, rendered once for each run; null: the input of the run as it is. */
  readonly payload?: unknown;
  /** Of its runs in the queue, 1 (highest) to 5. */
  readonly priority?: number | null | undefined;
  /** The whole policy; null is the default. */
  readonly retry?: RetryPolicyInput | null | undefined;
  /** For which Node the code was written: `node22` or `node18`; `node22` for null. */
  readonly runtime?: string | null | undefined;
  /** When it runs by itself; null: not by a schedule of its own. */
  readonly schedule?: ActionScheduleInput | null | undefined;
  /** All its secrets: others go, and a name without a value keeps the one it has. When absent or null they stay as they are. */
  readonly secrets?: ReadonlyArray<ActionSecretInput> | null | undefined;
  /** For FIXED: the name of the thread, 1 to 255 characters. */
  readonly thread?: string | null | undefined;
  /** On which thread its runs are; NEW_EACH_RUN for null. The others need a namespace. */
  readonly threadMode?: ThreadMode | null | undefined;
  /** For TEMPLATE: a template of the name of the thread, such as `daily-{{ date }}`. */
  readonly threadTemplate?: string | null | undefined;
  /** The longest time for one attempt; null is the default. */
  readonly timeout?: string | null | undefined;
  /** A mapping: JSON whose strings may hold `{{ … }}` over the `payload`. */
  readonly transform?: unknown;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** Changes of an instance. What is absent stays as it is. */
export type UpdateAppInstanceInput = {
  /** What its rules find at `rule_app_instance.custom_fields`: at most 64 kB of JSON, 8 levels deep. Empty when null. */
  readonly customFields?: Record<string, unknown> | null | undefined;
  /** Whether the rules of the app act there; true when absent at first. */
  readonly enabled?: boolean | null | undefined;
  /** Its id. */
  readonly id: string;
  /** What its rules may do there, of what the app may do; all of that when null. */
  readonly scopes?: ReadonlyArray<string> | null | undefined;
  /** Keeps them from it nevertheless; false when null. */
  readonly suspended?: boolean | null | undefined;
  /** Why it is suspended, at most 2,000 characters; null makes it empty. */
  readonly suspendedComment?: string | null | undefined;
};

/** Changes of a rule, which is named by exactly one of `id` and `key`. What is absent stays as it is. */
export type UpdateRuleInput = {
  /** What is done; null: nothing. */
  readonly actions?: RuleLinesInput | null | undefined;
  /** When the actions are done, at most 64 kB; empty and null: always. */
  readonly condition?: string | null | undefined;
  /** What it is for: Markdown, at most 64 kB. Null makes it empty. */
  readonly description?: string | null | undefined;
  /** Its expressions; null: none. */
  readonly expressions?: RuleLinesInput | null | undefined;
  /** Its id. Give exactly one of id and key. */
  readonly id?: string | null | undefined;
  /** Its key. A key never changes. */
  readonly key?: string | null | undefined;
  /** Words to find it by, at most 50 of at most 64 characters each. Null removes all. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** The name that people read, and other rules trigger it by after a delay; 1 to 128 characters. */
  readonly name?: string | null | undefined;
  /** Whether the owner gets an e-mail when it fails; true when null. */
  readonly notifyOwner?: boolean | null | undefined;
  /** Who hears of its failures, a member; null: nobody. */
  readonly owner?: string | null | undefined;
  /** Its place among the rules for one event, from 0; null: the last one. */
  readonly position?: number | null | undefined;
  /** The type of records that it is about: the key of a blueprint, or one of its aliases. */
  readonly recordType?: string | null | undefined;
  /** When it is evaluated: `on create`, `on update`, `on <field> update`, `on note added`, `after delay`. At most 128 characters. */
  readonly trigger?: string | null | undefined;
  /** Where the key is looked for; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** The whole action with this key, as it should be. What is absent gets its default, also when it had another value; only its owner stays. */
export type UpsertActionInput = {
  /** The app that it belongs to: its id, or its key; null: none. */
  readonly app?: string | null | undefined;
  /** JavaScript, an ES module: `export default async (input, context) => output`. One of code, transform and endpoint. */
  readonly code?: string | null | undefined;
  /** Texts that the code finds by name; none for null. */
  readonly configuration?: Record<string, unknown> | null | undefined;
  /** The packages that the code may import, at most 10; none for null. */
  readonly dependencies?: ReadonlyArray<DependencyInput> | null | undefined;
  /** Deploys what is saved right away, or as soon as it is built; for the policy MANUAL. False when absent. */
  readonly deploy?: boolean | null | undefined;
  /** What it is for. */
  readonly description?: string | null | undefined;
  /** Whether its schedules fire; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** The endpoint that is called: its id, or its key. */
  readonly endpoint?: string | null | undefined;
  /** The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. */
  readonly key: string;
  /** Words to find it by, at most 50. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** What the code is written in; JAVASCRIPT for null. */
  readonly language?: CodeLanguage | null | undefined;
  /** The modules that the code may import, at most 10; none for null. */
  readonly modules?: ReadonlyArray<ModuleUseInput> | null | undefined;
  /** The name that people read, at most 128 characters. */
  readonly name: string;
  /** Where its threads are: the id or the key of a namespace; null: nowhere. */
  readonly namespace?: string | null | undefined;
  /** Whether the owner gets an e-mail when a run fails; true for null. */
  readonly notifyOwner?: boolean | null | undefined;
  /** A template of what the step gets, rendered once for each run; null: the input of the run as it is. */
  readonly payload?: unknown;
  /** Of its runs in the queue, 1 (highest) to 5. */
  readonly priority?: number | null | undefined;
  /** When a saved change goes live: AUTO when absent, MANUAL for an action of a trigger point. */
  readonly publishPolicy?: PublishPolicy | null | undefined;
  /** What happens after a failed attempt. */
  readonly retry?: RetryPolicyInput | null | undefined;
  /** For which Node the code was written: `node22` or `node18`; `node22` for null. */
  readonly runtime?: string | null | undefined;
  /** When it runs by itself; null: not by a schedule of its own. */
  readonly schedule?: ActionScheduleInput | null | undefined;
  /** All its secrets: others go, and a name without a value keeps the one it has. When absent or null they stay as they are. */
  readonly secrets?: ReadonlyArray<ActionSecretInput> | null | undefined;
  /** For FIXED: the name of the thread, 1 to 255 characters. */
  readonly thread?: string | null | undefined;
  /** On which thread its runs are; NEW_EACH_RUN for null. The others need a namespace. */
  readonly threadMode?: ThreadMode | null | undefined;
  /** For TEMPLATE: a template of the name of the thread, such as `daily-{{ date }}`. */
  readonly threadTemplate?: string | null | undefined;
  /** The longest time for one attempt. */
  readonly timeout?: string | null | undefined;
  /** A mapping: JSON whose strings may hold `{{ … }}` over the `payload`. */
  readonly transform?: unknown;
  /** The key of the trigger point that it is made for, such as `post-login`: its code then exports the handler of the point, and it can be bound there. */
  readonly triggerPoint?: string | null | undefined;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** A rule as it should be. What is absent is the default. */
export type UpsertRuleInput = {
  /** What is done; null: nothing. */
  readonly actions?: RuleLinesInput | null | undefined;
  /** The app that it is made for, when it is made: its id, or its key. It cannot be changed. */
  readonly app?: string | null | undefined;
  /** When the actions are done, at most 64 kB; empty and null: always. */
  readonly condition?: string | null | undefined;
  /** What it is for: Markdown, at most 64 kB. Null makes it empty. */
  readonly description?: string | null | undefined;
  /** Whether it acts; true when absent. */
  readonly enabled?: boolean | null | undefined;
  /** Its expressions; null: none. */
  readonly expressions?: RuleLinesInput | null | undefined;
  /** By which it is found, or made. */
  readonly key: string;
  /** Words to find it by, at most 50 of at most 64 characters each. Null removes all. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** The name that people read, and other rules trigger it by after a delay; 1 to 128 characters. */
  readonly name: string;
  /** Whether the owner gets an e-mail when it fails; true when null. */
  readonly notifyOwner?: boolean | null | undefined;
  /** Its place among the rules for one event, from 0; as it was when absent, the last one at first. */
  readonly position?: number | null | undefined;
  /** The type of records that it is about: the key of a blueprint, or one of its aliases. */
  readonly recordType: string;
  /** When it is evaluated: `on create`, `on update`, `on <field> update`, `on note added`, `after delay`. At most 128 characters. */
  readonly trigger: string;
  /** Where it belongs; not needed when the viewer belongs to one workspace. */
  readonly workspace?: string | null | undefined;
};

/** What a waiting run waits for. */
export type WaitKind =
  /** Someone who approves or rejects it. */
  | 'APPROVAL'
  /** A free place under a concurrency cap. */
  | 'CONCURRENCY'
  /** The time that a step was told to let pass. */
  | 'DELAY'
  /** An event that a step waits for. */
  | 'EVENT'
  /** The end of a pause. */
  | 'PAUSED'
  /** The return of the person whom an action sent elsewhere. */
  | 'REDIRECT'
  /** The delay before the next attempt. */
  | 'RETRY'
  /** The end of a run that a step started. */
  | 'SUBFLOW'
  /** The earlier runs on its thread. */
  | 'THREAD';

/** As what the answer to a webhook's request is sent. */
export type WebhookFormat =
  /** text/csv */
  | 'CSV'
  /** application/json */
  | 'JSON'
  /** text/plain */
  | 'TEXT'
  /** application/xml */
  | 'XML';

/** How a webhook tells that a request is its sender's. */
export type WebhookVerification =
  /** HMAC with SHA-256 over the raw body, in a header. */
  | 'HMAC_SHA256'
  /** Only by its path, which nobody can guess. */
  | 'NONE'
  /** Standard Webhooks: id, timestamp and signature in headers. */
  | 'STANDARD_WEBHOOKS';

export type ActionQueryVariables = Exact<{
  id?: string | null | undefined;
  key?: string | null | undefined;
  workspace?: string | null | undefined;
}>;


export type ActionQuery = { readonly action: { readonly id: string, readonly key: string, readonly name: string, readonly description: string, readonly enabled: boolean, readonly code: string | null, readonly transform: unknown, readonly payload: unknown, readonly threadMode: ThreadMode, readonly thread: string | null, readonly threadTemplate: string | null, readonly notifyOwner: boolean, readonly timeout: string | null, readonly priority: number, readonly nextRunAt: string | null, readonly isRunning: boolean, readonly lastRunAt: string | null, readonly lastRunStatus: RunStatus | null, readonly createdAt: string, readonly updatedAt: string, readonly endpoint: { readonly id: string, readonly key: string } | null, readonly namespace: { readonly id: string, readonly key: string } | null, readonly app: { readonly id: string, readonly key: string } | null, readonly owner: { readonly id: string, readonly email: string } | null, readonly schedule: { readonly id: string, readonly cron: string | null, readonly interval: string | null, readonly timeZone: string, readonly nextFireAt: string | null, readonly enabled: boolean } | null, readonly retry: { readonly maxRetries: number, readonly delay: string, readonly backoff: Backoff, readonly maxDelay: string, readonly jitter: number, readonly on: ReadonlyArray<number> | null }, readonly lastRun: { readonly id: string } | null, readonly counters: { readonly total: number, readonly succeeded: number, readonly failed: number } } | null };

export type ActionBuildQueryVariables = Exact<{
  id: string;
}>;


export type ActionBuildQuery = { readonly action: { readonly status: BuildStatus, readonly allChangesDeployed: boolean, readonly errors: ReadonlyArray<{ readonly id: string, readonly message: string, readonly line: number | null, readonly column: number | null }>, readonly deployedVersion: { readonly number: number } | null, readonly draft: { readonly deployWhenBuilt: boolean } | null } | null };

export type ActionsQueryVariables = Exact<{
  workspace?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: ActionFilter | null | undefined;
  orderBy?: ReadonlyArray<ActionOrder> | ActionOrder | null | undefined;
}>;


export type ActionsQuery = { readonly actions: { readonly totalCount: number, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly cursor: string, readonly node: { readonly id: string, readonly key: string, readonly name: string, readonly enabled: boolean, readonly nextRunAt: string | null, readonly isRunning: boolean, readonly lastRunAt: string | null, readonly lastRunStatus: RunStatus | null, readonly counters: { readonly total: number, readonly succeeded: number, readonly failed: number } } }> } };

export type AddRecipientMutationVariables = Exact<{
  input: AddRecipientInput;
}>;


export type AddRecipientMutation = { readonly addRecipient:
    | { readonly __typename: 'AddRecipientSuccess', readonly secret: string | null, readonly recipient: { readonly id: string, readonly kind: RecipientKind, readonly address: string } }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type BackfillScheduleMutationVariables = Exact<{
  input: BackfillScheduleInput;
}>;


export type BackfillScheduleMutation = { readonly backfillSchedule:
    | { readonly __typename: 'BackfillScheduleSuccess', readonly count: number, readonly first: ReadonlyArray<string>, readonly dryRun: boolean }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode, readonly limit: number }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type BulkOperationUpdatedSubscriptionVariables = Exact<{
  id: string;
}>;


export type BulkOperationUpdatedSubscription = { readonly bulkOperationUpdated: { readonly id: string, readonly kind: BulkKind, readonly status: BulkStatus, readonly total: number, readonly succeeded: number, readonly failed: number, readonly progress: number, readonly finishedAt: string | null } };

export type CancelRunMutationVariables = Exact<{
  input: CancelRunInput;
}>;


export type CancelRunMutation = { readonly cancelRun:
    | { readonly __typename: 'CancelRunSuccess', readonly run: { readonly id: string, readonly status: RunStatus } }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CancelRunsMutationVariables = Exact<{
  input: CancelRunsInput;
}>;


export type CancelRunsMutation = { readonly cancelRuns:
    | { readonly __typename: 'CancelRunsSuccess', readonly count: number, readonly operation: { readonly id: string, readonly status: BulkStatus, readonly total: number } | null }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CodeActionQueryVariables = Exact<{
  key: string;
  workspace?: string | null | undefined;
}>;


export type CodeActionQuery = { readonly action: { readonly id: string, readonly key: string, readonly name: string, readonly description: string, readonly labels: ReadonlyArray<string>, readonly publishPolicy: PublishPolicy, readonly code: string | null, readonly language: CodeLanguage | null, readonly runtime: string | null, readonly configuration: Record<string, unknown> | null, readonly payload: unknown, readonly threadMode: ThreadMode, readonly thread: string | null, readonly threadTemplate: string | null, readonly timeout: string | null, readonly priority: number, readonly notifyOwner: boolean, readonly triggerPoint: { readonly key: string } | null, readonly integration: { readonly key: string } | null, readonly dependencies: ReadonlyArray<{ readonly name: string, readonly version: string }>, readonly modules: ReadonlyArray<{ readonly version: number, readonly module: { readonly key: string } | null }>, readonly secrets: ReadonlyArray<{ readonly name: string }>, readonly app: { readonly key: string } | null, readonly namespace: { readonly key: string } | null, readonly retry: { readonly maxRetries: number, readonly delay: string, readonly backoff: Backoff, readonly maxDelay: string, readonly jitter: number, readonly on: ReadonlyArray<number> | null } } | null };

export type CodeActionsQueryVariables = Exact<{
  workspace?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type CodeActionsQuery = { readonly actions: { readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly node: { readonly key: string, readonly language: CodeLanguage | null } }> } };

export type ContinueTriggerPointMutationVariables = Exact<{
  input: ContinueTriggerPointInput;
}>;


export type ContinueTriggerPointMutation = { readonly continueTriggerPoint:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ContinueTriggerPointSuccess', readonly timedOut: boolean, readonly decision: { readonly kind: DecisionKind, readonly action: string | null, readonly reason: string | null, readonly url: string | null } | null, readonly commands: ReadonlyArray<{ readonly action: string, readonly command: string, readonly arguments: ReadonlyArray<unknown> }>, readonly run: { readonly id: string, readonly status: RunStatus, readonly error: { readonly code: string, readonly message: string, readonly action: string | null, readonly line: number | null } | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateActionMutationVariables = Exact<{
  input: CreateActionInput;
}>;


export type CreateActionMutation = { readonly createAction:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateActionSuccess', readonly action: { readonly id: string, readonly key: string, readonly nextRunAt: string | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateAppMutationVariables = Exact<{
  input: CreateAppInput;
}>;


export type CreateAppMutation = { readonly createApp:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'CreateAppSuccess', readonly secret: string | null, readonly app: { readonly id: string, readonly key: string, readonly reference: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateAppInstanceMutationVariables = Exact<{
  input: CreateAppInstanceInput;
}>;


export type CreateAppInstanceMutation = { readonly createAppInstance:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'CreateAppInstanceSuccess', readonly appInstance: { readonly id: string, readonly enabled: boolean, readonly suspended: boolean } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateCredentialMutationVariables = Exact<{
  input: CreateCredentialInput;
}>;


export type CreateCredentialMutation = { readonly createCredential:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateCredentialSuccess', readonly credential: { readonly id: string, readonly key: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateEndpointMutationVariables = Exact<{
  input: CreateEndpointInput;
}>;


export type CreateEndpointMutation = { readonly createEndpoint:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateEndpointSuccess', readonly endpoint: { readonly id: string, readonly key: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateNamespaceMutationVariables = Exact<{
  input: CreateNamespaceInput;
}>;


export type CreateNamespaceMutation = { readonly createNamespace:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateNamespaceSuccess', readonly namespace: { readonly id: string, readonly key: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateNotificationGroupMutationVariables = Exact<{
  input: CreateNotificationGroupInput;
}>;


export type CreateNotificationGroupMutation = { readonly createNotificationGroup:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateNotificationGroupSuccess', readonly group: { readonly id: string, readonly key: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateRuleMutationVariables = Exact<{
  input: CreateRuleInput;
}>;


export type CreateRuleMutation = { readonly createRule:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'CreateRuleSuccess', readonly rule: { readonly id: string, readonly key: string, readonly number: number, readonly version: { readonly number: number } | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateScheduleMutationVariables = Exact<{
  input: CreateScheduleInput;
}>;


export type CreateScheduleMutation = { readonly createSchedule:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateScheduleSuccess', readonly schedule: { readonly id: string, readonly kind: ScheduleKind, readonly cron: string | null, readonly interval: string | null, readonly at: string | null, readonly timeZone: string, readonly enabled: boolean, readonly nextFireAt: string | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateSystemMutationVariables = Exact<{
  input: CreateSystemInput;
}>;


export type CreateSystemMutation = { readonly createSystem:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateSystemSuccess', readonly system: { readonly id: string, readonly key: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type CreateWebhookMutationVariables = Exact<{
  input: CreateWebhookInput;
}>;


export type CreateWebhookMutation = { readonly createWebhook:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'CreateWebhookSuccess', readonly secret: string | null, readonly webhook: { readonly id: string, readonly url: string } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type DeleteActionMutationVariables = Exact<{
  input: DeleteActionInput;
}>;


export type DeleteActionMutation = { readonly deleteAction:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'DeleteActionSuccess', readonly deletedId: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type DeleteRuleMutationVariables = Exact<{
  input: DeleteRuleInput;
}>;


export type DeleteRuleMutation = { readonly deleteRule:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'DeleteRuleSuccess', readonly deletedId: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type DeployActionMutationVariables = Exact<{
  input: DeployActionInput;
}>;


export type DeployActionMutation = { readonly deployAction:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'DeployActionSuccess', readonly action: { readonly id: string, readonly key: string, readonly deployedVersion: { readonly number: number } | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type DisableActionMutationVariables = Exact<{
  input: DisableActionInput;
}>;


export type DisableActionMutation = { readonly disableAction:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'DisableActionSuccess', readonly action: { readonly id: string, readonly enabled: boolean, readonly nextRunAt: string | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type DisableRuleMutationVariables = Exact<{
  input: DisableRuleInput;
}>;


export type DisableRuleMutation = { readonly disableRule:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'DisableRuleSuccess', readonly rule: { readonly id: string, readonly enabled: boolean } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type EnableActionMutationVariables = Exact<{
  input: EnableActionInput;
}>;


export type EnableActionMutation = { readonly enableAction:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'EnableActionSuccess', readonly action: { readonly id: string, readonly enabled: boolean, readonly nextRunAt: string | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type EnableRuleMutationVariables = Exact<{
  input: EnableRuleInput;
}>;


export type EnableRuleMutation = { readonly enableRule:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'EnableRuleSuccess', readonly rule: { readonly id: string, readonly enabled: boolean } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type EntityEventsSubscriptionVariables = Exact<{
  filter?: EntityEventFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type EntityEventsSubscription = { readonly entityEvents: { readonly cursor: string | null, readonly id: string, readonly type: string, readonly time: string, readonly subjectId: string | null, readonly blueprint: string | null, readonly sequence: number, readonly changed: ReadonlyArray<string>, readonly data: unknown, readonly previous: unknown } };

export type ExportRulesQueryVariables = Exact<{
  workspace?: string | null | undefined;
  app?: string | null | undefined;
  list?: RuleList | null | undefined;
  format: TableFormat;
  after?: number | null | undefined;
}>;


export type ExportRulesQuery = { readonly exportRules: { readonly document: string, readonly count: number, readonly lastNumber: number | null, readonly hasMore: boolean } };

export type FireTriggerPointMutationVariables = Exact<{
  input: FireTriggerPointInput;
}>;


export type FireTriggerPointMutation = { readonly fireTriggerPoint:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'FireTriggerPointSuccess', readonly timedOut: boolean, readonly decision: { readonly kind: DecisionKind, readonly action: string | null, readonly reason: string | null, readonly url: string | null } | null, readonly commands: ReadonlyArray<{ readonly action: string, readonly command: string, readonly arguments: ReadonlyArray<unknown> }>, readonly run: { readonly id: string, readonly status: RunStatus, readonly error: { readonly code: string, readonly message: string, readonly action: string | null, readonly line: number | null } | null } }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type ImportRulesMutationVariables = Exact<{
  input: ImportRulesInput;
}>;


export type ImportRulesMutation = { readonly importRules:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ImportRulesSuccess', readonly created: number, readonly changed: number, readonly unchanged: number, readonly rows: ReadonlyArray<{ readonly row: number, readonly change: RowChange, readonly rule: { readonly id: string, readonly key: string, readonly name: string } | null }> }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
   };

export type PauseMutationVariables = Exact<{
  input: PauseInput;
}>;


export type PauseMutation = { readonly pause:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'PauseSuccess', readonly pause: { readonly id: string, readonly kind: PauseKind, readonly host: string | null, readonly reason: string, readonly createdAt: string } }
   };

export type PermissionsQueryVariables = Exact<{ [key: string]: never; }>;


export type PermissionsQuery = { readonly viewer: { readonly memberships: ReadonlyArray<{ readonly permissions: ReadonlyArray<Permission>, readonly workspace: { readonly id: string } | null }> } };

export type PreviewScheduleQueryVariables = Exact<{
  cron?: string | null | undefined;
  interval?: string | null | undefined;
  at?: string | null | undefined;
  timeZone?: string | null | undefined;
  startAt?: string | null | undefined;
  endAt?: string | null | undefined;
  count?: number | null | undefined;
}>;


export type PreviewScheduleQuery = { readonly previewSchedule: { readonly fires: ReadonlyArray<{ readonly nominalAt: string, readonly local: string, readonly note: string | null }> } };

export type ReplayRunMutationVariables = Exact<{
  input: ReplayRunInput;
}>;


export type ReplayRunMutation = { readonly replayRun:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ReplayRunSuccess', readonly run: { readonly id: string, readonly status: RunStatus } | null }
   };

export type ResumeMutationVariables = Exact<{
  input: ResumeInput;
}>;


export type ResumeMutation = { readonly resume:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ResumeSuccess', readonly pause: { readonly id: string, readonly kind: PauseKind, readonly host: string | null, readonly reason: string, readonly createdAt: string } | null }
   };

export type RetryRunMutationVariables = Exact<{
  input: RetryRunInput;
}>;


export type RetryRunMutation = { readonly retryRun:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'RetryRunSuccess', readonly run: { readonly id: string, readonly status: RunStatus } }
   };

export type RetryRunsMutationVariables = Exact<{
  input: RetryRunsInput;
}>;


export type RetryRunsMutation = { readonly retryRuns:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'RetryRunsSuccess', readonly count: number, readonly operation: { readonly id: string, readonly status: BulkStatus, readonly total: number } | null }
   };

export type RuleQueryVariables = Exact<{
  id?: string | null | undefined;
  key?: string | null | undefined;
  number?: number | null | undefined;
  workspace?: string | null | undefined;
}>;


export type RuleQuery = { readonly rule: { readonly id: string, readonly key: string, readonly number: number, readonly name: string, readonly recordType: string, readonly trigger: string, readonly position: number, readonly expressions: string, readonly condition: string, readonly actions: string, readonly description: string, readonly descriptionHtml: string, readonly enabled: boolean, readonly createdAt: string, readonly updatedAt: string, readonly expressionList: ReadonlyArray<{ readonly name: string, readonly value: string }>, readonly actionList: ReadonlyArray<{ readonly name: string, readonly value: string }>, readonly app: { readonly id: string, readonly reference: string } | null } | null };

export type RulesQueryVariables = Exact<{
  workspace?: string | null | undefined;
  list?: RuleList | null | undefined;
  filter?: RuleFilter | null | undefined;
  orderBy?: ReadonlyArray<RuleOrder> | RuleOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type RulesQuery = { readonly rules: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly key: string, readonly number: number, readonly name: string, readonly recordType: string, readonly trigger: string, readonly position: number, readonly enabled: boolean, readonly createdAt: string, readonly updatedAt: string, readonly app: { readonly id: string, readonly reference: string } | null } }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } };

export type RunQueryVariables = Exact<{
  id: string;
}>;


export type RunQuery = { readonly run: { readonly id: string, readonly status: RunStatus, readonly attempt: number, readonly input: unknown, readonly resolvedPayload: unknown, readonly resolvedThread: string | null, readonly output: unknown, readonly queuedAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly duration: string | null, readonly error: { readonly code: string, readonly message: string, readonly line: number | null, readonly column: number | null } | null, readonly waitingFor: { readonly kind: WaitKind, readonly until: string | null, readonly detail: string | null } | null, readonly steps: ReadonlyArray<{ readonly path: string, readonly name: string, readonly status: StepStatus, readonly attempts: ReadonlyArray<{ readonly number: number, readonly startedAt: string, readonly finishedAt: string | null, readonly error: { readonly code: string, readonly message: string } | null }> }> } | null };

export type RunEventsSubscriptionVariables = Exact<{
  filter?: RunEventFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type RunEventsSubscription = { readonly runEvents: { readonly cursor: string, readonly sequence: number, readonly type: RunEventType, readonly at: string, readonly status: RunStatus, readonly run: { readonly id: string }, readonly log: { readonly level: LogLevel, readonly message: string } | null } };

export type RunStatsQueryVariables = Exact<{
  workspace?: string | null | undefined;
  filter?: RunFilter | null | undefined;
  from: string;
  until: string;
  interval: RunStatsInterval;
  timeZone?: string | null | undefined;
  groupBy?: ReadonlyArray<RunStatsGrouping> | RunStatsGrouping | null | undefined;
}>;


export type RunStatsQuery = { readonly runStats: { readonly total: { readonly count: number, readonly succeeded: number, readonly failed: number, readonly durationP50: string | null, readonly durationP95: string | null, readonly durationP99: string | null, readonly queueTimeP50: string | null, readonly queueTimeP95: string | null }, readonly buckets: ReadonlyArray<{ readonly from: string, readonly until: string, readonly total: { readonly count: number, readonly succeeded: number, readonly failed: number, readonly durationP50: string | null, readonly durationP95: string | null }, readonly groups: ReadonlyArray<{ readonly other: boolean, readonly status: RunStatus | null, readonly trigger: RunTrigger | null, readonly errorCode: string | null, readonly automation:
          | { readonly id: string, readonly key: string }
          | { readonly id: string, readonly key: string }
          | { readonly id: string, readonly key: string }
         | null, readonly app: { readonly id: string, readonly key: string } | null, readonly figures: { readonly count: number, readonly succeeded: number, readonly failed: number, readonly durationP50: string | null, readonly durationP95: string | null } }> }> } };

export type RunUpdatedSubscriptionVariables = Exact<{
  id: string;
}>;


export type RunUpdatedSubscription = { readonly runUpdated: { readonly id: string, readonly status: RunStatus, readonly attempt: number, readonly output: unknown, readonly queuedAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly duration: string | null, readonly error: { readonly code: string, readonly message: string } | null } };

export type RunsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: RunFilter | null | undefined;
  orderBy?: ReadonlyArray<RunOrder> | RunOrder | null | undefined;
}>;


export type RunsQuery = { readonly runs: { readonly totalCount: number, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly cursor: string, readonly node: { readonly id: string, readonly status: RunStatus, readonly queuedAt: string, readonly duration: string | null } }> } };

export type SetSecretMutationVariables = Exact<{
  input: SetSecretInput;
}>;


export type SetSecretMutation = { readonly setSecret:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'SetSecretSuccess', readonly secret: { readonly id: string, readonly name: string } }
   };

export type TriggerActionMutationVariables = Exact<{
  input: TriggerActionInput;
}>;


export type TriggerActionMutation = { readonly triggerAction:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'TriggerActionSuccess', readonly run: { readonly id: string, readonly status: RunStatus } }
   };

export type TriggerActionsMutationVariables = Exact<{
  input: TriggerActionsInput;
}>;


export type TriggerActionsMutation = { readonly triggerActions:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'TriggerActionsSuccess', readonly results: ReadonlyArray<
        | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
        | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
        | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly code: ErrorCode }
        | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
        | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
        | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
        | { readonly __typename: 'TriggerActionSuccess', readonly run: { readonly id: string } }
      > }
   };

export type UpdateActionMutationVariables = Exact<{
  input: UpdateActionInput;
}>;


export type UpdateActionMutation = { readonly updateAction:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'UpdateActionSuccess', readonly action: { readonly id: string, readonly key: string, readonly nextRunAt: string | null, readonly deployedVersion: { readonly number: number } | null } }
   };

export type UpdateAppInstanceMutationVariables = Exact<{
  input: UpdateAppInstanceInput;
}>;


export type UpdateAppInstanceMutation = { readonly updateAppInstance:
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'UpdateAppInstanceSuccess', readonly appInstance: { readonly id: string, readonly enabled: boolean, readonly suspended: boolean } }
   };

export type UpdateRuleMutationVariables = Exact<{
  input: UpdateRuleInput;
}>;


export type UpdateRuleMutation = { readonly updateRule:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'UpdateRuleSuccess', readonly rule: { readonly id: string, readonly key: string, readonly number: number, readonly version: { readonly number: number } | null } }
   };

export type UpsertActionMutationVariables = Exact<{
  input: UpsertActionInput;
}>;


export type UpsertActionMutation = { readonly upsertAction:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'UpsertActionSuccess', readonly action: { readonly id: string, readonly key: string, readonly nextRunAt: string | null } }
   };

export type UpsertRuleMutationVariables = Exact<{
  input: UpsertRuleInput;
}>;


export type UpsertRuleMutation = { readonly upsertRule:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'ConflictError', readonly message: string, readonly code: ErrorCode, readonly state: string }
    | { readonly __typename: 'ForbiddenError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'InvalidInputError', readonly message: string, readonly code: ErrorCode, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string, readonly code: string, readonly line: number | null, readonly column: number | null }> }
    | { readonly __typename: 'LimitExceededError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly code: ErrorCode }
    | { readonly __typename: 'UpsertRuleSuccess', readonly rule: { readonly id: string, readonly key: string, readonly number: number, readonly version: { readonly number: number } | null } }
   };

export type WatchEventsSubscriptionVariables = Exact<{
  workspace: string;
  after?: string | null | undefined;
}>;


export type WatchEventsSubscription = { readonly runEvents: { readonly cursor: string, readonly at: string, readonly type: RunEventType, readonly status: RunStatus, readonly run: { readonly id: string, readonly trigger: RunTrigger, readonly automation:
        | { readonly key: string }
        | { readonly key: string }
        | { readonly key: string }
       | null, readonly error: { readonly code: string, readonly message: string } | null }, readonly step: { readonly name: string } | null, readonly log: { readonly message: string } | null } };

export type WorkspaceQueryVariables = Exact<{
  id?: string | null | undefined;
  key?: string | null | undefined;
}>;


export type WorkspaceQuery = { readonly workspace: { readonly id: string, readonly key: string, readonly name: string } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ActionDocument = new TypedDocumentString(`
    query Action($id: ID, $key: String, $workspace: ID) {
  action(id: $id, key: $key, workspace: $workspace) {
    id
    key
    name
    description
    enabled
    code
    transform
    endpoint {
      id
      key
    }
    payload
    namespace {
      id
      key
    }
    threadMode
    thread
    threadTemplate
    app {
      id
      key
    }
    owner {
      id
      email
    }
    notifyOwner
    schedule {
      id
      cron
      interval
      timeZone
      nextFireAt
      enabled
    }
    retry {
      maxRetries
      delay
      backoff
      maxDelay
      jitter
      on
    }
    timeout
    priority
    nextRunAt
    isRunning
    lastRun {
      id
    }
    lastRunAt
    lastRunStatus
    counters {
      total
      succeeded
      failed
    }
    createdAt
    updatedAt
  }
}
    `) as unknown as TypedDocumentString<ActionQuery, ActionQueryVariables>;
export const ActionBuildDocument = new TypedDocumentString(`
    query ActionBuild($id: ID!) {
  action(id: $id) {
    status
    errors {
      id
      message
      line
      column
    }
    allChangesDeployed
    deployedVersion {
      number
    }
    draft {
      deployWhenBuilt
    }
  }
}
    `) as unknown as TypedDocumentString<ActionBuildQuery, ActionBuildQueryVariables>;
export const ActionsDocument = new TypedDocumentString(`
    query Actions($workspace: ID, $first: Int, $after: Cursor, $filter: ActionFilter, $orderBy: [ActionOrder!]) {
  actions(
    workspace: $workspace
    first: $first
    after: $after
    filter: $filter
    orderBy: $orderBy
  ) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      cursor
      node {
        id
        key
        name
        enabled
        nextRunAt
        isRunning
        lastRunAt
        lastRunStatus
        counters {
          total
          succeeded
          failed
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ActionsQuery, ActionsQueryVariables>;
export const AddRecipientDocument = new TypedDocumentString(`
    mutation AddRecipient($input: AddRecipientInput!) {
  addRecipient(input: $input) {
    __typename
    ... on AddRecipientSuccess {
      secret
      recipient {
        id
        kind
        address
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AddRecipientMutation, AddRecipientMutationVariables>;
export const BackfillScheduleDocument = new TypedDocumentString(`
    mutation BackfillSchedule($input: BackfillScheduleInput!) {
  backfillSchedule(input: $input) {
    __typename
    ... on BackfillScheduleSuccess {
      count
      first
      dryRun
    }
    ... on Error {
      message
      code
    }
    ... on LimitExceededError {
      limit
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BackfillScheduleMutation, BackfillScheduleMutationVariables>;
export const BulkOperationUpdatedDocument = new TypedDocumentString(`
    subscription BulkOperationUpdated($id: ID!) {
  bulkOperationUpdated(id: $id) {
    id
    kind
    status
    total
    succeeded
    failed
    progress
    finishedAt
  }
}
    `) as unknown as TypedDocumentString<BulkOperationUpdatedSubscription, BulkOperationUpdatedSubscriptionVariables>;
export const CancelRunDocument = new TypedDocumentString(`
    mutation CancelRun($input: CancelRunInput!) {
  cancelRun(input: $input) {
    __typename
    ... on CancelRunSuccess {
      run {
        id
        status
      }
    }
    ... on Error {
      message
      code
    }
  }
}
    `) as unknown as TypedDocumentString<CancelRunMutation, CancelRunMutationVariables>;
export const CancelRunsDocument = new TypedDocumentString(`
    mutation CancelRuns($input: CancelRunsInput!) {
  cancelRuns(input: $input) {
    __typename
    ... on CancelRunsSuccess {
      count
      operation {
        id
        status
        total
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CancelRunsMutation, CancelRunsMutationVariables>;
export const CodeActionDocument = new TypedDocumentString(`
    query CodeAction($key: String!, $workspace: ID) {
  action(key: $key, workspace: $workspace) {
    id
    key
    name
    description
    labels
    publishPolicy
    triggerPoint {
      key
    }
    integration {
      key
    }
    code
    language
    runtime
    dependencies {
      name
      version
    }
    modules {
      module {
        key
      }
      version
    }
    configuration
    secrets {
      name
    }
    payload
    app {
      key
    }
    namespace {
      key
    }
    threadMode
    thread
    threadTemplate
    retry {
      maxRetries
      delay
      backoff
      maxDelay
      jitter
      on
    }
    timeout
    priority
    notifyOwner
  }
}
    `) as unknown as TypedDocumentString<CodeActionQuery, CodeActionQueryVariables>;
export const CodeActionsDocument = new TypedDocumentString(`
    query CodeActions($workspace: ID, $first: Int, $after: Cursor) {
  actions(
    workspace: $workspace
    filter: {installed: false}
    orderBy: [{field: KEY, direction: ASC}]
    first: $first
    after: $after
  ) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        key
        language
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CodeActionsQuery, CodeActionsQueryVariables>;
export const ContinueTriggerPointDocument = new TypedDocumentString(`
    mutation ContinueTriggerPoint($input: ContinueTriggerPointInput!) {
  continueTriggerPoint(input: $input) {
    __typename
    ... on ContinueTriggerPointSuccess {
      timedOut
      decision {
        kind
        action
        reason
        url
      }
      commands {
        action
        command
        arguments
      }
      run {
        id
        status
        error {
          code
          message
          action
          line
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ContinueTriggerPointMutation, ContinueTriggerPointMutationVariables>;
export const CreateActionDocument = new TypedDocumentString(`
    mutation CreateAction($input: CreateActionInput!) {
  createAction(input: $input) {
    __typename
    ... on CreateActionSuccess {
      action {
        id
        key
        nextRunAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateActionMutation, CreateActionMutationVariables>;
export const CreateAppDocument = new TypedDocumentString(`
    mutation CreateApp($input: CreateAppInput!) {
  createApp(input: $input) {
    __typename
    ... on CreateAppSuccess {
      app {
        id
        key
        reference
      }
      secret
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateAppMutation, CreateAppMutationVariables>;
export const CreateAppInstanceDocument = new TypedDocumentString(`
    mutation CreateAppInstance($input: CreateAppInstanceInput!) {
  createAppInstance(input: $input) {
    __typename
    ... on CreateAppInstanceSuccess {
      appInstance {
        id
        enabled
        suspended
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateAppInstanceMutation, CreateAppInstanceMutationVariables>;
export const CreateCredentialDocument = new TypedDocumentString(`
    mutation CreateCredential($input: CreateCredentialInput!) {
  createCredential(input: $input) {
    __typename
    ... on CreateCredentialSuccess {
      credential {
        id
        key
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateCredentialMutation, CreateCredentialMutationVariables>;
export const CreateEndpointDocument = new TypedDocumentString(`
    mutation CreateEndpoint($input: CreateEndpointInput!) {
  createEndpoint(input: $input) {
    __typename
    ... on CreateEndpointSuccess {
      endpoint {
        id
        key
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateEndpointMutation, CreateEndpointMutationVariables>;
export const CreateNamespaceDocument = new TypedDocumentString(`
    mutation CreateNamespace($input: CreateNamespaceInput!) {
  createNamespace(input: $input) {
    __typename
    ... on CreateNamespaceSuccess {
      namespace {
        id
        key
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateNamespaceMutation, CreateNamespaceMutationVariables>;
export const CreateNotificationGroupDocument = new TypedDocumentString(`
    mutation CreateNotificationGroup($input: CreateNotificationGroupInput!) {
  createNotificationGroup(input: $input) {
    __typename
    ... on CreateNotificationGroupSuccess {
      group {
        id
        key
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateNotificationGroupMutation, CreateNotificationGroupMutationVariables>;
export const CreateRuleDocument = new TypedDocumentString(`
    mutation CreateRule($input: CreateRuleInput!) {
  createRule(input: $input) {
    __typename
    ... on CreateRuleSuccess {
      rule {
        id
        key
        number
        version: deployedVersion {
          number
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateRuleMutation, CreateRuleMutationVariables>;
export const CreateScheduleDocument = new TypedDocumentString(`
    mutation CreateSchedule($input: CreateScheduleInput!) {
  createSchedule(input: $input) {
    __typename
    ... on CreateScheduleSuccess {
      schedule {
        id
        kind
        cron
        interval
        at
        timeZone
        enabled
        nextFireAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateScheduleMutation, CreateScheduleMutationVariables>;
export const CreateSystemDocument = new TypedDocumentString(`
    mutation CreateSystem($input: CreateSystemInput!) {
  createSystem(input: $input) {
    __typename
    ... on CreateSystemSuccess {
      system {
        id
        key
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateSystemMutation, CreateSystemMutationVariables>;
export const CreateWebhookDocument = new TypedDocumentString(`
    mutation CreateWebhook($input: CreateWebhookInput!) {
  createWebhook(input: $input) {
    __typename
    ... on CreateWebhookSuccess {
      webhook {
        id
        url
      }
      secret
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateWebhookMutation, CreateWebhookMutationVariables>;
export const DeleteActionDocument = new TypedDocumentString(`
    mutation DeleteAction($input: DeleteActionInput!) {
  deleteAction(input: $input) {
    __typename
    ... on DeleteActionSuccess {
      deletedId
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteActionMutation, DeleteActionMutationVariables>;
export const DeleteRuleDocument = new TypedDocumentString(`
    mutation DeleteRule($input: DeleteRuleInput!) {
  deleteRule(input: $input) {
    __typename
    ... on DeleteRuleSuccess {
      deletedId
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteRuleMutation, DeleteRuleMutationVariables>;
export const DeployActionDocument = new TypedDocumentString(`
    mutation DeployAction($input: DeployActionInput!) {
  deployAction(input: $input) {
    __typename
    ... on DeployActionSuccess {
      action {
        id
        key
        deployedVersion {
          number
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeployActionMutation, DeployActionMutationVariables>;
export const DisableActionDocument = new TypedDocumentString(`
    mutation DisableAction($input: DisableActionInput!) {
  disableAction(input: $input) {
    __typename
    ... on DisableActionSuccess {
      action {
        id
        enabled
        nextRunAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DisableActionMutation, DisableActionMutationVariables>;
export const DisableRuleDocument = new TypedDocumentString(`
    mutation DisableRule($input: DisableRuleInput!) {
  disableRule(input: $input) {
    __typename
    ... on DisableRuleSuccess {
      rule {
        id
        enabled
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DisableRuleMutation, DisableRuleMutationVariables>;
export const EnableActionDocument = new TypedDocumentString(`
    mutation EnableAction($input: EnableActionInput!) {
  enableAction(input: $input) {
    __typename
    ... on EnableActionSuccess {
      action {
        id
        enabled
        nextRunAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EnableActionMutation, EnableActionMutationVariables>;
export const EnableRuleDocument = new TypedDocumentString(`
    mutation EnableRule($input: EnableRuleInput!) {
  enableRule(input: $input) {
    __typename
    ... on EnableRuleSuccess {
      rule {
        id
        enabled
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EnableRuleMutation, EnableRuleMutationVariables>;
export const EntityEventsDocument = new TypedDocumentString(`
    subscription EntityEvents($filter: EntityEventFilter, $after: Cursor) {
  entityEvents(filter: $filter, after: $after) {
    cursor
    id
    type
    time
    subjectId
    blueprint
    sequence
    changed
    data
    previous
  }
}
    `) as unknown as TypedDocumentString<EntityEventsSubscription, EntityEventsSubscriptionVariables>;
export const ExportRulesDocument = new TypedDocumentString(`
    query ExportRules($workspace: ID, $app: ID, $list: RuleList, $format: TableFormat!, $after: Int) {
  exportRules(
    workspace: $workspace
    app: $app
    list: $list
    format: $format
    after: $after
  ) {
    document
    count
    lastNumber
    hasMore
  }
}
    `) as unknown as TypedDocumentString<ExportRulesQuery, ExportRulesQueryVariables>;
export const FireTriggerPointDocument = new TypedDocumentString(`
    mutation FireTriggerPoint($input: FireTriggerPointInput!) {
  fireTriggerPoint(input: $input) {
    __typename
    ... on FireTriggerPointSuccess {
      timedOut
      decision {
        kind
        action
        reason
        url
      }
      commands {
        action
        command
        arguments
      }
      run {
        id
        status
        error {
          code
          message
          action
          line
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FireTriggerPointMutation, FireTriggerPointMutationVariables>;
export const ImportRulesDocument = new TypedDocumentString(`
    mutation ImportRules($input: ImportRulesInput!) {
  importRules(input: $input) {
    __typename
    ... on ImportRulesSuccess {
      created
      changed
      unchanged
      rows {
        row
        change
        rule {
          id
          key
          name
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportRulesMutation, ImportRulesMutationVariables>;
export const PauseDocument = new TypedDocumentString(`
    mutation Pause($input: PauseInput!) {
  pause(input: $input) {
    __typename
    ... on PauseSuccess {
      pause {
        id
        kind
        host
        reason
        createdAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PauseMutation, PauseMutationVariables>;
export const PermissionsDocument = new TypedDocumentString(`
    query Permissions {
  viewer {
    memberships {
      workspace {
        id
      }
      permissions
    }
  }
}
    `) as unknown as TypedDocumentString<PermissionsQuery, PermissionsQueryVariables>;
export const PreviewScheduleDocument = new TypedDocumentString(`
    query PreviewSchedule($cron: Cron, $interval: Duration, $at: DateTime, $timeZone: TimeZone, $startAt: DateTime, $endAt: DateTime, $count: Int) {
  previewSchedule(
    cron: $cron
    interval: $interval
    at: $at
    timeZone: $timeZone
    startAt: $startAt
    endAt: $endAt
    count: $count
  ) {
    fires {
      nominalAt
      local
      note
    }
  }
}
    `) as unknown as TypedDocumentString<PreviewScheduleQuery, PreviewScheduleQueryVariables>;
export const ReplayRunDocument = new TypedDocumentString(`
    mutation ReplayRun($input: ReplayRunInput!) {
  replayRun(input: $input) {
    __typename
    ... on ReplayRunSuccess {
      run {
        id
        status
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ReplayRunMutation, ReplayRunMutationVariables>;
export const ResumeDocument = new TypedDocumentString(`
    mutation Resume($input: ResumeInput!) {
  resume(input: $input) {
    __typename
    ... on ResumeSuccess {
      pause {
        id
        kind
        host
        reason
        createdAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ResumeMutation, ResumeMutationVariables>;
export const RetryRunDocument = new TypedDocumentString(`
    mutation RetryRun($input: RetryRunInput!) {
  retryRun(input: $input) {
    __typename
    ... on RetryRunSuccess {
      run {
        id
        status
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RetryRunMutation, RetryRunMutationVariables>;
export const RetryRunsDocument = new TypedDocumentString(`
    mutation RetryRuns($input: RetryRunsInput!) {
  retryRuns(input: $input) {
    __typename
    ... on RetryRunsSuccess {
      count
      operation {
        id
        status
        total
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RetryRunsMutation, RetryRunsMutationVariables>;
export const RuleDocument = new TypedDocumentString(`
    query Rule($id: ID, $key: String, $number: Int, $workspace: ID) {
  rule(id: $id, key: $key, number: $number, workspace: $workspace) {
    id
    key
    number
    name
    recordType
    trigger
    position
    expressions
    expressionList {
      name
      value
    }
    condition
    actions
    actionList {
      name
      value
    }
    description
    descriptionHtml
    enabled
    app {
      id
      reference
    }
    createdAt
    updatedAt
  }
}
    `) as unknown as TypedDocumentString<RuleQuery, RuleQueryVariables>;
export const RulesDocument = new TypedDocumentString(`
    query Rules($workspace: ID, $list: RuleList, $filter: RuleFilter, $orderBy: [RuleOrder!], $first: Int, $after: Cursor) {
  rules(
    workspace: $workspace
    list: $list
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
  ) {
    edges {
      node {
        id
        key
        number
        name
        recordType
        trigger
        position
        enabled
        app {
          id
          reference
        }
        createdAt
        updatedAt
      }
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<RulesQuery, RulesQueryVariables>;
export const RunDocument = new TypedDocumentString(`
    query Run($id: ID!) {
  run(id: $id) {
    id
    status
    attempt
    input
    resolvedPayload
    resolvedThread
    output
    error {
      code
      message
      line
      column
    }
    queuedAt
    startedAt
    finishedAt
    duration
    waitingFor {
      kind
      until
      detail
    }
    steps {
      path
      name
      status
      attempts {
        number
        startedAt
        finishedAt
        error {
          code
          message
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunQuery, RunQueryVariables>;
export const RunEventsDocument = new TypedDocumentString(`
    subscription RunEvents($filter: RunEventFilter, $after: Cursor) {
  runEvents(filter: $filter, after: $after) {
    cursor
    sequence
    type
    at
    status
    run {
      id
    }
    log {
      level
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RunEventsSubscription, RunEventsSubscriptionVariables>;
export const RunStatsDocument = new TypedDocumentString(`
    query RunStats($workspace: ID, $filter: RunFilter, $from: DateTime!, $until: DateTime!, $interval: RunStatsInterval!, $timeZone: TimeZone, $groupBy: [RunStatsGrouping!]) {
  runStats(
    workspace: $workspace
    filter: $filter
    from: $from
    until: $until
    interval: $interval
    timeZone: $timeZone
    groupBy: $groupBy
  ) {
    total {
      count
      succeeded
      failed
      durationP50
      durationP95
      durationP99
      queueTimeP50
      queueTimeP95
    }
    buckets {
      from
      until
      total {
        count
        succeeded
        failed
        durationP50
        durationP95
      }
      groups {
        other
        status
        automation {
          id
          key
        }
        app {
          id
          key
        }
        trigger
        errorCode
        figures {
          count
          succeeded
          failed
          durationP50
          durationP95
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunStatsQuery, RunStatsQueryVariables>;
export const RunUpdatedDocument = new TypedDocumentString(`
    subscription RunUpdated($id: ID!) {
  runUpdated(id: $id) {
    id
    status
    attempt
    output
    error {
      code
      message
    }
    queuedAt
    startedAt
    finishedAt
    duration
  }
}
    `) as unknown as TypedDocumentString<RunUpdatedSubscription, RunUpdatedSubscriptionVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($first: Int, $after: Cursor, $filter: RunFilter, $orderBy: [RunOrder!]) {
  runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      cursor
      node {
        id
        status
        queuedAt
        duration
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const SetSecretDocument = new TypedDocumentString(`
    mutation SetSecret($input: SetSecretInput!) {
  setSecret(input: $input) {
    __typename
    ... on SetSecretSuccess {
      secret {
        id
        name
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SetSecretMutation, SetSecretMutationVariables>;
export const TriggerActionDocument = new TypedDocumentString(`
    mutation TriggerAction($input: TriggerActionInput!) {
  triggerAction(input: $input) {
    __typename
    ... on TriggerActionSuccess {
      run {
        id
        status
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TriggerActionMutation, TriggerActionMutationVariables>;
export const TriggerActionsDocument = new TypedDocumentString(`
    mutation TriggerActions($input: TriggerActionsInput!) {
  triggerActions(input: $input) {
    __typename
    ... on TriggerActionsSuccess {
      results {
        __typename
        ... on TriggerActionSuccess {
          run {
            id
          }
        }
        ... on Error {
          message
          code
        }
        ... on InvalidInputError {
          fields {
            path
            message
            code
            line
            column
          }
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TriggerActionsMutation, TriggerActionsMutationVariables>;
export const UpdateActionDocument = new TypedDocumentString(`
    mutation UpdateAction($input: UpdateActionInput!) {
  updateAction(input: $input) {
    __typename
    ... on UpdateActionSuccess {
      action {
        id
        key
        nextRunAt
        deployedVersion {
          number
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateActionMutation, UpdateActionMutationVariables>;
export const UpdateAppInstanceDocument = new TypedDocumentString(`
    mutation UpdateAppInstance($input: UpdateAppInstanceInput!) {
  updateAppInstance(input: $input) {
    __typename
    ... on UpdateAppInstanceSuccess {
      appInstance {
        id
        enabled
        suspended
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateAppInstanceMutation, UpdateAppInstanceMutationVariables>;
export const UpdateRuleDocument = new TypedDocumentString(`
    mutation UpdateRule($input: UpdateRuleInput!) {
  updateRule(input: $input) {
    __typename
    ... on UpdateRuleSuccess {
      rule {
        id
        key
        number
        version: deployedVersion {
          number
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateRuleMutation, UpdateRuleMutationVariables>;
export const UpsertActionDocument = new TypedDocumentString(`
    mutation UpsertAction($input: UpsertActionInput!) {
  upsertAction(input: $input) {
    __typename
    ... on UpsertActionSuccess {
      action {
        id
        key
        nextRunAt
      }
    }
    ... on Error {
      message
      code
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UpsertActionMutation, UpsertActionMutationVariables>;
export const UpsertRuleDocument = new TypedDocumentString(`
    mutation UpsertRule($input: UpsertRuleInput!) {
  upsertRule(input: $input) {
    __typename
    ... on UpsertRuleSuccess {
      rule {
        id
        key
        number
        version: deployedVersion {
          number
        }
      }
    }
    ... on Error {
      message
      code
    }
    ... on ConflictError {
      state
    }
    ... on InvalidInputError {
      fields {
        path
        message
        code
        line
        column
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UpsertRuleMutation, UpsertRuleMutationVariables>;
export const WatchEventsDocument = new TypedDocumentString(`
    subscription WatchEvents($workspace: ID!, $after: Cursor) {
  runEvents(filter: {workspace: $workspace}, after: $after) {
    cursor
    at
    type
    status
    run {
      id
      trigger
      automation {
        key
      }
      error {
        code
        message
      }
    }
    step {
      name
    }
    log {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<WatchEventsSubscription, WatchEventsSubscriptionVariables>;
export const WorkspaceDocument = new TypedDocumentString(`
    query Workspace($id: ID, $key: String) {
  workspace(id: $id, key: $key) {
    id
    key
    name
  }
}
    `) as unknown as TypedDocumentString<WorkspaceQuery, WorkspaceQueryVariables>;