import DataLoader from 'dataloader';
import type { App } from '#app';
import type { Viewer } from '#domain/tenant/viewer';

/** What an operation knows. Made once per operation; a subscription keeps one for all of its events. */
export interface Context {
  readonly app: App;
  /** Null: nobody signed in, and every root field refuses. */
  readonly viewer: Viewer | null;
  readonly requestId: string;
  /** Where others reach the API: the scheme, the host and what stands before every path. Without a slash at its end. */
  readonly publicUrl: string;
}

/** What resolvers see: `guard.ts` lets nobody else through. */
export interface SignedIn extends Context {
  readonly viewer: Viewer;
}

/** One value per operation, made when it is first asked for. */
export function perOperation<Value>(make: (context: SignedIn) => Value): (context: SignedIn) => Value {
  const made = new WeakMap<SignedIn, Value>();
  return (context) => {
    const known = made.get(context);
    if (known !== undefined) return known;
    const value = make(context);
    made.set(context, value);
    return value;
  };
}

/**
 * Loads what many parents ask for with one statement. Missing keys become null.
 * It batches and does not remember: the context of a subscription outlives the rows.
 */
export function batched<Value>(
  load: (context: SignedIn, keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (context: SignedIn, key: string) => Promise<Value | null> {
  const loaderOf = perOperation(
    (context) =>
      new DataLoader<string, Value | null>(
        async (keys) => {
          const found = await load(context, [...new Set(keys)]);
          return keys.map((key) => found.get(key) ?? null);
        },
        { cache: false },
      ),
  );
  return (context, key) => loaderOf(context).load(key);
}

/** Rows by one of their columns, for {@link batched}. */
export function byKey<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}

/** Rows grouped by one of their columns, in their order. */
export function groupedBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
