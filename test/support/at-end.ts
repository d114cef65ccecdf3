type Undo = () => Promise<void> | void;

const undos: Undo[] = [];

/** Undoes something after the last test of this file, latest first. Unlike `afterAll` it may be called from anywhere. */
export function atEnd(undo: Undo): void {
  undos.push(undo);
}

/** Undoes everything, also when a part of it fails; answers the failures. */
export async function undoAll(): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      await undo();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
