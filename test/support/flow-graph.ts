import { expect } from 'vitest';
import { buildSchema } from '#schema/index';
import { encodeId } from '#schema/node';
import type { Engine } from './engine.js';
import { seedFlows, type Flows } from './flows.js';
import { type Ask, graphOf } from './graph.js';

export type Answered = Readonly<Record<string, unknown>> & { readonly __typename: string };

export interface FlowGraph extends Flows {
  readonly ask: Ask;
  /** A query as the owner. */
  query(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /** A mutation as the owner: its success with what is selected, or its error. */
  write(field: string, input: Readonly<Record<string, unknown>>, selection: string): Promise<Answered>;
}

/** An engine's flows with the graph over them. */
export async function flowGraph(engine: Engine): Promise<FlowGraph> {
  const ask = graphOf(buildSchema(), engine.app);
  const query: FlowGraph['query'] = async (document, variables) => {
    const { data, errors } = await ask(engine.viewer, document, variables);
    expect(errors).toEqual([]);
    return data ?? {};
  };
  return {
    ...(await seedFlows(engine)),
    ask,
    query,
    write: async (field, input, selection) => {
      const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${selection} }
        ... on Error { code message } ... on InvalidInputError { fields { path code } } ... on ConflictError { state } } }`;
      return (await query(text, { input }))[field] as Answered;
    },
  };
}

export const flowId = (uuid: string): string => encodeId('Flow', uuid);
export const eventId = (uuid: string): string => encodeId('Event', uuid);
export const entityId = (uuid: string): string => encodeId('Entity', uuid);
export const runId = (uuid: string): string => encodeId('Run', uuid);
export const workspaceId = (uuid: string): string => encodeId('Workspace', uuid);
export const versionId = (uuid: string): string => encodeId('AutomationVersion', uuid);
