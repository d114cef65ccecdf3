import type { Config } from '#platform/config/config';

/** The WebSockets that this process bears. */
export interface SocketPlaces {
  /** Takes a place for one more from this address and answers what gives it back; null: none is left. */
  take(address: string): (() => void) | null;
}

export function createSocketPlaces({ sockets, addressSockets }: Config['ws']): SocketPlaces {
  const open = new Map<string, number>();
  let all = 0;
  return {
    take: (address) => {
      const before = open.get(address) ?? 0;
      if (all >= sockets || before >= addressSockets) return null;
      all += 1;
      open.set(address, before + 1);
      return () => {
        all -= 1;
        const left = (open.get(address) ?? 1) - 1;
        if (left === 0) open.delete(address);
        else open.set(address, left);
      };
    },
  };
}
