import type { Database } from '#platform/db/database';
import { type BuiltCode, readBuiltCode } from '#domain/run/run.write';

/** Builds by hash. What is built never changes, so what was read once holds; those that were not used for longest make room. */
export interface Builds {
  /** Null: there is none, or it is not built. */
  get(hash: string): Promise<BuiltCode | null>;
}

/** Characters of code that are kept in memory. */
const mostKept = 32_000_000;

export function createBuilds({ sql }: Database): Builds {
  const known = new Map<string, BuiltCode>();
  const reading = new Map<string, Promise<BuiltCode | null>>();
  let kept = 0;

  const size = ({ bundle, sourceMap }: BuiltCode): number => bundle.length + (sourceMap?.length ?? 0);

  async function load(hash: string): Promise<BuiltCode | null> {
    const built = await readBuiltCode(sql, hash);
    if (built === null) return null;
    known.set(hash, built);
    kept += size(built);
    for (const [oldest, code] of known) {
      if (kept <= mostKept || oldest === hash) break;
      known.delete(oldest);
      kept -= size(code);
    }
    return built;
  }

  return {
    get: (hash) => {
      const found = known.get(hash);
      if (found !== undefined) {
        known.delete(hash);
        known.set(hash, found);
        return Promise.resolve(found);
      }
      const under = reading.get(hash);
      if (under !== undefined) return under;
      const loading = load(hash).finally(() => reading.delete(hash));
      reading.set(hash, loading);
      return loading;
    },
  };
}
