/** What has to be undone, last first. What starts something pushes its end at once, so that whatever happens can be undone. */
export type Undo = (() => Promise<unknown>)[];

/** Undoes everything; answers what went wrong. */
export async function undoAll(undo: Undo): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (let next = undo.pop(); next !== undefined; next = undo.pop()) await next().catch((error: unknown) => failures.push(error));
  return failures;
}
