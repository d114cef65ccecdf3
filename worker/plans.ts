import type { Database } from '#platform/db/database';
import type { Plan } from '#plan/plan';
import { readPlanDocument } from '#domain/run/run.write';

/** Plans by hash. A plan never changes, so what was read once holds; the oldest make room. */
export interface Plans {
  /** Rejects when there is no such plan. */
  get(hash: string): Promise<Plan>;
}

const mostPlans = 1_000;

export function createPlans(db: Database): Plans {
  const known = new Map<string, Promise<Plan>>();

  async function read(hash: string): Promise<Plan> {
    const document = await readPlanDocument(db.sql, hash);
    if (document === undefined) throw new Error(`There is no plan ${hash}.`);
    // Checked when it was compiled, and named by its hash since.
    return document as Plan;
  }

  return {
    get: (hash) => {
      const found = known.get(hash);
      if (found !== undefined) return found;
      const plan = read(hash);
      known.set(hash, plan);
      plan.catch(() => known.delete(hash));
      const oldest = known.keys().next().value;
      if (known.size > mostPlans && oldest !== undefined) known.delete(oldest);
      return plan;
    },
  };
}
