import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import { guard } from './guard.js';
import './scalars.js';
import './enums.js';
import './connection.js';
import './errors.js';
import './node.js';
import './automation/automation.js';
import './automation/version.js';
import './automation/step-kind.js';
import './action/action.js';
import './action/action.mutations.js';
import './action/action.triggers.js';
import './run/run.js';
import './run/run-event.js';
import './run/run.queries.js';
import './run/run.mutations.js';
import './run/run.subscriptions.js';
import './run/run-stats.js';
import './run/run-timeline.js';
import './run/bulk-operation.js';
import './run/bulk-operation.mutations.js';
import './run/pause.js';
import './run/pause.mutations.js';
import './schedule/schedule.js';
import './schedule/schedule.mutations.js';
import './tenant/api-token.js';
import './tenant/api-token.mutations.js';
import './tenant/audit-entry.js';
import './tenant/environment.js';
import './tenant/invitation.js';
import './tenant/member.mutations.js';
import './tenant/membership.js';
import './tenant/viewer.js';
import './tenant/workspace.js';
import './tenant/workspace.mutations.js';
import './trigger/webhook.js';
import './trigger/webhook-request.js';
import './trigger/webhook.mutations.js';

/** Makes the executable schema. Importing this file only names its parts. */
export function buildSchema(): GraphQLSchema {
  return guard(builder.toSchema());
}
