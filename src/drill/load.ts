import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { newId } from '#platform/ids';
import { type Api, Refusal } from './api.js';
import type { Random } from './random.js';
import { type Works, automations, uuidOf } from './works.js';

export type RunKind = 'transform' | 'code' | 'outside' | 'flow' | 'long' | 'patient';

/** A run whose trigger was answered. */
export interface Acknowledged {
  /** In the database. */
  readonly runId: string;
  readonly kind: RunKind;
  /** Names it everywhere: its idempotency key, and what it sends and writes. */
  readonly subject: string;
}

export interface Load {
  readonly acknowledged: readonly Acknowledged[];
  /** Cancellations that were refused because the run was final. */
  readonly tooLate: number;
  /** Triggers that were refused for a reason that does not pass, or never answered. */
  readonly failures: readonly string[];
  begin(perSecond: number): void;
  /** Triggers so many at once, whose code takes this long. */
  burst(count: number, ms: number): void;
  /** Triggers so many at once that are cancelled in the middle. */
  cancellations(count: number): void;
  /** Stops, and waits for every answer. */
  finish(): Promise<void>;
}

const mostInFlight = 60;
const tickMs = 50;

const kinds: readonly { readonly kind: RunKind; readonly share: number }[] = [
  { kind: 'transform', share: 0.42 },
  { kind: 'code', share: 0.15 },
  { kind: 'outside', share: 0.2 },
  { kind: 'flow', share: 0.15 },
  { kind: 'long', share: 0.04 },
  { kind: 'patient', share: 0.04 },
];
const withId = z.object({ id: z.string() });

export function createLoad(api: Api, works: readonly [Works, ...Works[]], random: Random): Load {
  const acknowledged: Acknowledged[] = [];
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  let tooLate = 0;
  let timer: NodeJS.Timeout | undefined;

  function kindOf(): RunKind {
    let rest = random.next();
    for (const { kind, share } of kinds) if ((rest -= share) < 0) return kind;
    return 'transform';
  }

  async function trigger(kind: RunKind, workspace: string, ms: number): Promise<string> {
    const subject = newId();
    const common = { workspace, key: automations[kind], idempotencyKey: subject };
    const flow = kind === 'flow' || kind === 'patient';
    const answer = await (flow
      ? api.write('startFlow', { ...common, inputs: { subject } }, 'run { id }')
      : api.write('triggerAction', { ...common, payload: { subject, ms } }, 'run { id }'));
    const { id } = withId.parse(answer['run']);
    acknowledged.push({ runId: uuidOf(id), kind, subject });
    return id;
  }

  async function cancel(id: string, afterMs: number): Promise<void> {
    await sleep(afterMs);
    try {
      await api.write('cancelRun', { id }, 'run { id }');
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'CONFLICT') throw error;
      tooLate += 1;
    }
  }

  function one(kind: RunKind, ms: number): void {
    const { workspace } = random.pick(works);
    // What is long is always cancelled; of the others some, which are final by then or are not.
    const cancelMs =
      kind === 'long' || kind === 'patient' ? random.between(50, 1_500) : random.next() < 0.08 ? random.between(0, 1_500) : null;
    const work = trigger(kind, workspace.id, ms)
      .then((id) => (cancelMs === null ? undefined : cancel(id, cancelMs)))
      .catch((error: unknown) => {
        failures.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  return {
    acknowledged,
    failures,
    get tooLate() {
      return tooLate;
    },
    begin: (perSecond) => {
      let owed = 0;
      let last = performance.now();
      timer = setInterval(() => {
        const now = performance.now();
        owed = Math.min(owed + ((now - last) / 1_000) * perSecond, mostInFlight);
        last = now;
        for (; owed >= 1 && underWay.size < mostInFlight; owed -= 1) one(kindOf(), random.between(100, 1_200));
      }, tickMs);
    },
    burst: (count, ms) => {
      for (let made = 0; made < count; made += 1) one(made % 3 === 0 ? 'outside' : 'code', ms);
    },
    cancellations: (count) => {
      for (let made = 0; made < count; made += 1) one(made % 2 === 0 ? 'long' : 'patient', 0);
    },
    finish: async () => {
      clearInterval(timer);
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
