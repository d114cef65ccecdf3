import type { SandboxOwner } from './turns.js';

/** What each owner holds and has used of late. */
export interface Shares {
  /** Whether the owner may hold one process more. */
  may(owner: SandboxOwner): boolean;
  /** The owner's calls used so much processor time lately that they belong behind those of others. */
  isHeavy(owner: SandboxOwner, nowMs: number): boolean;
  take(owner: SandboxOwner): void;
  give(owner: SandboxOwner, cpuMs: number, nowMs: number): void;
}

export interface ShareLimits {
  /** Processes that one tenant may hold. */
  readonly perTenant: number;
  /** Processes that the code of one name may hold. */
  readonly perName: number;
}

interface Share {
  held: number;
  /** Processor time, less what may be used in any case. */
  debtMs: number;
  /** When `debtMs` was right. */
  atMs: number;
}

/** Shorter calls are nobody's burden, and short ones are most. */
const smallMs = 20;
/** From here on an owner is heavy: what a call may take that nobody has to wait for. */
const heavyMs = 200;
/** Processors that an owner may use all the time, by calls that are not long. */
const allowed = 1;
/** So that an owner who mends his code is forgiven in as long a time. */
const mostDebtMs = 5_000;
/** Owners that are remembered before those without a debt are forgotten. */
const remembered = 1_000;

export function createShares({ perTenant, perName }: ShareLimits): Shares {
  const tenants = new Map<string, number>();
  const shares = new Map<string, Share>();
  const keyOf = ({ tenant, name }: SandboxOwner) => JSON.stringify([tenant, name]);
  const debtOf = (share: Share, nowMs: number) => Math.max(0, share.debtMs - (nowMs - share.atMs) * allowed);

  function forget(nowMs: number): void {
    for (const [key, share] of shares) if (share.held === 0 && debtOf(share, nowMs) === 0) shares.delete(key);
  }

  return {
    may: (owner) => (tenants.get(owner.tenant) ?? 0) < perTenant && (shares.get(keyOf(owner))?.held ?? 0) < perName,
    isHeavy: (owner, nowMs) => {
      const share = shares.get(keyOf(owner));
      return share !== undefined && debtOf(share, nowMs) > heavyMs;
    },
    take: (owner) => {
      tenants.set(owner.tenant, (tenants.get(owner.tenant) ?? 0) + 1);
      const key = keyOf(owner);
      const share = shares.get(key);
      if (share === undefined) shares.set(key, { held: 1, debtMs: 0, atMs: 0 });
      else share.held += 1;
    },
    give: (owner, cpuMs, nowMs) => {
      const left = (tenants.get(owner.tenant) ?? 0) - 1;
      if (left > 0) tenants.set(owner.tenant, left);
      else tenants.delete(owner.tenant);
      const key = keyOf(owner);
      const share = shares.get(key);
      if (share === undefined) return;
      share.held -= 1;
      if (cpuMs >= smallMs) {
        share.debtMs = Math.min(mostDebtMs, debtOf(share, nowMs) + cpuMs);
        share.atMs = nowMs;
      } else if (share.held === 0 && debtOf(share, nowMs) === 0) shares.delete(key);
      if (shares.size > remembered) forget(nowMs);
    },
  };
}
