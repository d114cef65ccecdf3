import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '#client/index';
import { type Line, openLine } from './line.js';
import type { GroundWorkspace, Guest } from './ground.js';
import type { Random } from './random.js';
import { uuidOf } from './works.js';

/** Follows the feed of a workspace as a client does: over one transport, coming back with its cursor. */
export interface Reader {
  readonly name: string;
  readonly workspace: GroundWorkspace;
  /** `<run> <sequence>` of what was delivered, in the order in which it was. */
  readonly heard: readonly string[];
  /** Connections beyond the first. */
  readonly reconnects: number;
  /** Why it ended, if it did. */
  readonly failure: string | null;
  /** Ends its connection; it comes back, wherever it is led to. */
  drop(): void;
  close(): Promise<void>;
}

const subscription = `subscription ($workspace: ID!, $after: Cursor) {
  runEvents(filter: { workspace: $workspace }, after: $after) { cursor sequence run { id } }
}`;

interface Delivered {
  readonly runEvents: { readonly sequence: number; readonly run: { readonly id: string } };
}

export interface ReaderOptions {
  readonly name: string;
  readonly workspace: GroundWorkspace;
  readonly transport: 'ws' | 'sse';
  readonly token: string;
  readonly port: () => number | null;
}

export async function startReader({ name, workspace, transport, token, port }: ReaderOptions): Promise<Reader> {
  const line = await openLine(port);
  const heard: string[] = [];
  let failure: string | null = null;
  const client = createClient({ url: `http://127.0.0.1:${line.port}/graphql`, token, transport });
  const reading = (async () => {
    for await (const { runEvents } of client.subscribe<Delivered, { workspace: string }>(subscription, { workspace: workspace.id }))
      heard.push(`${uuidOf(runEvents.run.id)} ${runEvents.sequence}`);
  })().catch((error: unknown) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  return {
    name,
    workspace,
    heard,
    get reconnects() {
      return Math.max(0, line.connections - 1);
    },
    get failure() {
      return failure;
    },
    drop: () => line.drop(),
    close: async () => {
      client.close();
      await reading;
      await line.close();
    },
  };
}

/** What became of a subscription whose reader lost the right to it. */
export interface Revocation {
  /** From the answer that the membership is gone to the end of the subscription; null: it went on. */
  readonly endedMs: number | null;
  /** What it was told. */
  readonly reason: string;
}

const patienceMs = 5_000;

/** Lets a guest follow its workspace, ends the membership in the middle, and watches the subscription end. */
export async function revoke(guest: Guest, random: Random, port: () => number | null, end: () => Promise<void>): Promise<Revocation> {
  const line: Line = await openLine(port);
  const transport = random.pick<'ws' | 'sse'>(['ws', 'sse']);
  const client = createClient({ url: `http://127.0.0.1:${line.port}/graphql`, token: guest.token, transport });
  const events = client.subscribe<Delivered, { workspace: string }>(subscription, { workspace: guest.workspace });
  try {
    // In the middle: something was delivered.
    const first = await Promise.race([events.next(), sleep(patienceMs, null, { ref: false })]);
    if (first === null) return { endedMs: null, reason: 'nothing was delivered before' };
    await end();
    const from = performance.now();
    const ended = (async () => {
      for await (const _ of events) void _;
      return 'complete';
    })().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    const reason = await Promise.race([ended, sleep(patienceMs, null, { ref: false })]);
    return reason === null ? { endedMs: null, reason: 'it went on' } : { endedMs: performance.now() - from, reason };
  } catch (error) {
    return { endedMs: null, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    client.close();
    await line.close();
  }
}
