import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { newId } from '#platform/ids';
import { type Api, Refusal } from './api.js';
import type { GroundWorkspace } from './ground.js';
import type { Random } from './random.js';
import { automations } from './works.js';

/** What came of many cancellations. */
export interface Cancelled {
  /** Those that were answered, and those that came after the end of their run. */
  readonly answered: number;
  readonly tooLate: number;
  readonly failures: readonly string[];
}

const atOnce = 16;
const withId = z.object({ id: z.string() });
/** Code whose end races with its cancellation among them, and what ends before most of these. */
const kinds = ['patient', 'code', 'long', 'code', 'outside', 'patient', 'code', 'transform'] as const;

/** Triggers runs of all kinds and cancels each at some moment of its life, until so many cancellations were answered. */
export async function cancelMany(api: Api, workspace: GroundWorkspace, wanted: number, random: Random): Promise<Cancelled> {
  let answered = 0;
  let tooLate = 0;
  let begun = 0;
  const failures: string[] = [];

  async function one(number: number): Promise<void> {
    const kind = kinds[number % kinds.length] ?? 'code';
    const common = { workspace: workspace.id, key: automations[kind], idempotencyKey: newId() };
    const subject = newId();
    const afterMs = random.between(0, 900);
    const answer = await (kind === 'patient'
      ? api.write('startFlow', { ...common, inputs: { subject } }, 'run { id }')
      : api.write('triggerAction', { ...common, payload: { subject, ms: random.between(100, 900) } }, 'run { id }'));
    await sleep(afterMs);
    try {
      await api.write('cancelRun', { id: withId.parse(answer['run']).id }, 'run { id }');
      answered += 1;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'CONFLICT') throw error;
      tooLate += 1;
    }
  }

  async function oneAfterTheOther(): Promise<void> {
    // Bounded: where none is answered, that is to be judged.
    while (answered < wanted && begun < wanted * 4 && failures.length === 0) {
      begun += 1;
      await one(begun).catch((error: unknown) => failures.push(error instanceof Error ? error.message : String(error)));
    }
  }
  await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
  return { answered, tooLate, failures };
}
