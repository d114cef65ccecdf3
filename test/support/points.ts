import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from './api.js';
import { type Mutate, type Result, mutateOn } from './mutate.js';
import { type Workspace, seed } from './seed.js';

/** What a test asks of an execution. */
export const executionFields = `timedOut decision { kind action reason url } commands { action command arguments }
  run { id status triggerPoint priority output decision { kind } error { code message line action } waitingFor { kind detail until } steps { path name status version { number } } }`;

export interface Execution {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly error: { readonly code: string; readonly message: string; readonly line: number | null; readonly action: string | null } | null;
  readonly waitingFor: { readonly kind: string; readonly detail: string; readonly until: string } | null;
  readonly steps: readonly {
    readonly path: string;
    readonly name: string;
    readonly status: string;
    readonly version: { readonly number: number };
  }[];
  readonly [field: string]: unknown;
}

export interface Fired extends Result {
  readonly run: Execution;
  readonly decision: {
    readonly kind: string;
    readonly action: string | null;
    readonly reason: string | null;
    readonly url: string | null;
  } | null;
  readonly commands: readonly { readonly action: string; readonly command: string; readonly arguments: readonly unknown[] }[];
  readonly timedOut: boolean;
}

export interface Points {
  readonly millrace: Millrace;
  readonly workspace: Workspace;
  readonly mutate: Mutate;
  /** What stands after `Bearer`, of an owner. */
  readonly owner: string;
  /** A deployed action for a trigger point; answers its key. */
  action(key: string, body: string, point?: string | null): Promise<string>;
  /** Binds actions by their keys, in this order. */
  bind(point: string, keys: readonly string[]): Promise<Result>;
  /** Makes an action for post-login of each body and binds all of them in order. */
  chain(bodies: Readonly<Record<string, string>>, point?: string): Promise<void>;
  /** Fires and waits, unless told otherwise. */
  fire(point: string, event?: object, more?: Readonly<Record<string, unknown>>): Promise<Fired>;
  continue(run: string, event?: object, wait?: boolean): Promise<Fired>;
}

/** A workspace in which trigger points are bound and fired. */
export async function pointsOf(millrace: Millrace): Promise<Points> {
  const workspace = await seed(millrace.app).workspace();
  const owner = await workspace.token('OWNER');
  const mutate = mutateOn(millrace);
  const points: Points = {
    millrace,
    workspace,
    mutate,
    owner,
    action: async (key, code, triggerPoint = 'post-login') =>
      (await workspace.action({ key, code, triggerPoint, ...(triggerPoint === null ? {} : { deploy: true }) })).key,
    bind: (triggerPoint, keys) =>
      mutate(
        owner,
        'updateTriggerBindings',
        { triggerPoint, bindings: keys.map((actionName) => ({ ref: { actionName } })) },
        'triggerPoint { key bindings { id position displayName action { key } secrets { name updatedAt } createdAt } }',
      ),
    chain: async (bodies, point = 'post-login') => {
      for (const [key, body] of Object.entries(bodies)) await points.action(key, body, point);
      const bound = await points.bind(point, Object.keys(bodies));
      if (bound.__typename !== 'UpdateTriggerBindingsSuccess') throw new Error(JSON.stringify(bound));
    },
    fire: (triggerPoint, event = {}, more = {}) =>
      mutate(owner, 'fireTriggerPoint', { triggerPoint, event, wait: true, ...more }, executionFields) as Promise<Fired>,
    continue: (run, event = {}, wait = true) =>
      mutate(owner, 'continueTriggerPoint', { run, event, wait }, executionFields) as Promise<Fired>,
  };
  return points;
}

export const startPoints = async (): Promise<Points> => pointsOf(await startMillrace());
export const idOfRun = (uuid: string): string => encodeId('Run', uuid);
