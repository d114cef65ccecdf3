import { createBatch } from '#platform/batch';
import { databaseFailure } from '#platform/db/failure';
import type { Platform } from '#platform/platform';
import { type EffectIntent, type EffectOutcome, finishEffects, intendEffects } from '#domain/run/run.effect';
import { untilAnswered } from './until-answered.js';

/** The ledger of calls outside, shared by all runs of a worker by group commit. */
export interface Ledger {
  /** Resolves when the intent is committed; false: the run is in other hands, and the call must not be made. */
  intend(effect: EffectIntent): Promise<boolean>;
  finish(outcome: EffectOutcome): Promise<void>;
  idle(): Promise<void>;
}

/** A row may hold a megabyte. */
const most = 20;

/** `giveUp` ends the tries while PostgreSQL is away, for a worker that must stop. */
export function createLedger(platform: Platform, giveUp: AbortSignal): Ledger {
  const { sql } = platform.db;
  const separable = (error: unknown): boolean => databaseFailure(error) === 'DATA';
  const intents = createBatch<EffectIntent, boolean>({
    flush: async (effects) => {
      const put = await untilAnswered(platform, giveUp, () => intendEffects(sql, effects));
      return effects.map((effect) => put.has(effect.id));
    },
    most,
    lanes: 2,
    separable,
  });
  const outcomes = createBatch<EffectOutcome, undefined>({
    flush: async (batch) => {
      await untilAnswered(platform, giveUp, () => finishEffects(sql, batch));
      return batch.map(() => undefined);
    },
    most,
    lanes: 2,
    separable,
  });
  return {
    intend: (effect) => intents.add(effect),
    finish: (outcome) => outcomes.add(outcome),
    idle: async () => {
      await Promise.all([intents.idle(), outcomes.idle()]);
    },
  };
}
