import type { ObjectValue } from './value.js';

/** What the templates and conditions of a host may refer to, by name. */
export type TemplateContext = ObjectValue;

/** The names that hosts give. Not every host gives each of them. */
export const contextNames: ReadonlySet<string> = new Set([
  'data',
  'previous',
  'event',
  'arguments',
  'args',
  'inputs',
  'input',
  'secrets',
  'actions',
  'action',
  'run',
  'user',
  'now',
  'date',
  'payload',
  'last_run',
  'item',
  'index',
  'error',
]);
