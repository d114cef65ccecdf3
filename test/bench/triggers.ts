import { operation } from './wire.js';

const one =
  'mutation ($input: TriggerActionInput!) { triggerAction(input: $input) { __typename ... on TriggerActionSuccess { run { id } } ... on Error { message code } } }';
const several =
  'mutation ($input: TriggerActionsInput!) { triggerActions(input: $input) { __typename ... on TriggerActionsSuccess { results { __typename ... on TriggerActionSuccess { run { id } } ... on Error { message code } } } ... on Error { message code } } }';

const item = (key: string, number: number) => ({ key, payload: { name: 'world', number } });

export const triggerOf = (key: string, number: number): string => operation(one, { input: item(key, number) });

export const triggersOf = (key: string, from: number, count: number): string =>
  operation(several, { input: { items: Array.from({ length: count }, (_, index) => item(key, from + index)) } });

/** The ids of the runs that an answer acknowledges, as the graph writes them. Throws when it acknowledges another number of runs. */
export function acknowledged(answer: string, count: number): string[] {
  const ids = [...answer.matchAll(/"id":"(run_[^"]+)"/g)].map(([, id]) => id ?? '');
  if (ids.length !== count) throw new Error(`${count} runs were triggered and ${ids.length} acknowledged: ${answer.slice(0, 500)}`);
  return ids;
}

/** Of the row: the graph writes the kind before it. */
export const uuidOf = (id: string): string => id.slice(id.indexOf('_') + 1);
