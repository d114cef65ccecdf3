import { actions } from './actions.js';
import { connections } from './connections.js';
import type { Example } from './example.js';
import { flows } from './flows.js';
import { notifications } from './notifications.js';
import { operations } from './operations.js';
import { records } from './records.js';
import { rules } from './rules.js';
import { runs } from './runs.js';
import { triggers } from './triggers.js';

/** The tabs that a first visit opens: the first ten minutes, in order. A test holds each against the schema, and executes those on records, rules and flows. */
export const examples: readonly Example[] = [
  ...runs,
  ...actions,
  ...triggers,
  ...records,
  ...rules,
  ...flows,
  ...connections,
  ...notifications,
  ...operations,
];
