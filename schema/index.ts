import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import { guard } from './guard.js';
import './scalars.js';
import './enums.js';
import './connection.js';
import './errors.js';
import './node.js';
import './tenant/environment.js';
import './automation/automation.js';
import './automation/version.js';

/** Makes the executable schema. Importing this file only names its parts. */
export function buildSchema(): GraphQLSchema {
  return guard(builder.toSchema());
}
