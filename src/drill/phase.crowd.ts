import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { newId } from '#platform/ids';
import type { Api } from './api.js';
import type { Fleet } from './fleet.js';
import type { GroundWorkspace } from './ground.js';
import type { Watched } from './memory.js';
import type { PhaseSizes } from './phases.js';
import type { DrillServices } from './services.js';
import { automations } from './works.js';
import { openWork, queuedNow } from './watch.js';

/** What was seen while very much was queued. */
export interface Crowd {
  readonly queued: number;
  readonly memory: Watched;
  readonly acknowledged: number;
  readonly failures: readonly string[];
  /** Whether everything was done at the end. */
  readonly done: boolean;
}

/** As the API takes them. */
const together = 100;
const atOnce = 4;
const everyMs = 1_000;
const patienceMs = 600_000;
const answerSchema = z.array(z.object({ __typename: z.string() }));
const selection = 'results { __typename ... on TriggerActionSuccess { run { id } } }';

interface CrowdParts {
  readonly api: Api;
  readonly services: DrillServices;
  readonly fleet: Fleet;
  readonly crowd: readonly [GroundWorkspace, ...GroundWorkspace[]];
  readonly sizes: PhaseSizes;
  readonly signal: AbortSignal;
}

/** While no worker is there, one workspace queues very much and its neighbours some; then workers come, and the neighbours go on steadily. */
export async function crowdIn({ api, services, fleet, crowd, sizes, signal }: CrowdParts, say: (line: string) => void): Promise<Crowd> {
  const [flooding, ...neighbours] = crowd;
  const memory = fleet.memory.fromNow();
  const failures: string[] = [];
  let acknowledged = 0;

  async function trigger(workspace: GroundWorkspace, count: number): Promise<void> {
    const items = Array.from({ length: count }, () => ({
      workspace: workspace.id,
      key: automations.transform,
      idempotencyKey: newId(),
      payload: { subject: workspace.id },
    }));
    try {
      const answer = await api.write('triggerActions', { items }, selection);
      const made = answerSchema.parse(answer['results']).filter(({ __typename }) => __typename === 'TriggerActionSuccess').length;
      acknowledged += made;
      if (made < count) failures.push(`${count - made} of ${count} runs were refused.`);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }

  async function queue(workspace: GroundWorkspace, count: number): Promise<void> {
    let rest = count;
    const some = async (): Promise<void> => {
      while (rest > 0) {
        const part = Math.min(together, rest);
        rest -= part;
        await trigger(workspace, part);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, some));
  }

  for (const seat of fleet.workers) await fleet.stop(seat);
  // The flood is there first: whoever goes by age alone serves it alone.
  await queue(flooding, sizes.flood);
  for (const neighbour of neighbours) await queue(neighbour, sizes.neighbour);
  const queued = await queuedNow(services);
  say(`${queued} runs are queued`);
  await Promise.all(fleet.workers.map((seat) => seat.start()));
  const deadline = performance.now() + patienceMs;
  const steady: Promise<void>[] = [];
  let left = queued;
  while (left > 0 && performance.now() < deadline) {
    for (const neighbour of neighbours) steady.push(trigger(neighbour, sizes.steady));
    await sleep(everyMs, undefined, { signal });
    // While there is nothing left of the flood they have all to themselves, and that says nothing.
    left = await queuedNow(services, flooding.uuid);
  }
  await Promise.all(steady);
  let open = 1;
  while (open > 0 && performance.now() < deadline) {
    const { runs, unplaced } = await openWork(services);
    open = runs + unplaced;
    if (open > 0) await sleep(100, undefined, { signal });
  }
  return { queued, memory, acknowledged, failures, done: open === 0 };
}
