/** Whose code it is. */
export interface SandboxOwner {
  /** Who shares nothing with others. */
  readonly tenant: string;
  /** Which code of the tenant's. */
  readonly name: string;
}

export interface Owned {
  readonly owner: SandboxOwner;
}

/** Those who wait: round robin between tenants and between the names of each, first come first served within a name. */
export interface Turns<W extends Owned> {
  add(waiting: W): void;
  remove(waiting: W): void;
  /** Takes the next one whose owner may have a turn now. */
  take(may: (owner: SandboxOwner) => boolean): W | null;
  all(): readonly W[];
}

export function createTurns<W extends Owned>(): Turns<W> {
  // The order of the maps is the order of the turns.
  const tenants = new Map<string, Map<string, Set<W>>>();

  function remove(waiting: W): void {
    const { tenant, name } = waiting.owner;
    const names = tenants.get(tenant);
    const queue = names?.get(name);
    if (names === undefined || queue?.delete(waiting) !== true) return;
    if (queue.size === 0) names.delete(name);
    if (names.size === 0) tenants.delete(tenant);
  }

  return {
    add: (waiting) => {
      const { tenant, name } = waiting.owner;
      const names = tenants.get(tenant) ?? new Map<string, Set<W>>();
      tenants.set(tenant, names);
      const queue = names.get(name) ?? new Set<W>();
      names.set(name, queue);
      queue.add(waiting);
    },
    remove,
    take: (may) => {
      for (const [tenant, names] of tenants)
        for (const [name, queue] of names) {
          const [first] = queue;
          if (first === undefined || !may(first.owner)) continue;
          remove(first);
          toTheEnd(names, name);
          toTheEnd(tenants, tenant);
          return first;
        }
      return null;
    },
    all: () => [...tenants.values()].flatMap((names) => [...names.values()].flatMap((queue) => [...queue])),
  };
}

function toTheEnd<V>(map: Map<string, V>, key: string): void {
  const value = map.get(key);
  if (value === undefined || !map.delete(key)) return;
  map.set(key, value);
}
