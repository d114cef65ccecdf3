import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import { guard } from './guard.js';
import './scalars.js';
import './enums.js';
import './connection.js';
import './errors.js';
import './node.js';
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
import './automation/automation.js';
import './automation/version.js';

/** Makes the executable schema. Importing this file only names its parts. */
export function buildSchema(): GraphQLSchema {
  return guard(builder.toSchema());
}
