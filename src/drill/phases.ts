/** What the drill does beside its faults, each for a number of its own, in words of its command line. */
export const phaseNames = ['cancels', 'ticks', 'crowd'] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface PhaseSizes {
  /** Cancellations that are answered. */
  readonly cancels: number;
  /** Seconds in which every schedule fires every second, and workers that are killed meanwhile. */
  readonly tickSeconds: number;
  readonly tickKills: number;
  /** Schedules of each of the two workspaces. */
  readonly schedules: number;
  /** Runs that are queued at once: those of the workspace that floods, and of each of its neighbours. */
  readonly flood: number;
  readonly neighbour: number;
  /** Runs a second that each neighbour triggers while these are executed. */
  readonly steady: number;
  /** Connections of readers that are ended and made again, in each such fault. */
  readonly reconnects: number;
}

export const fullSizes: PhaseSizes = {
  cancels: 2_000,
  tickSeconds: 300,
  tickKills: 20,
  schedules: 6,
  flood: 96_000,
  neighbour: 1_000,
  steady: 5,
  reconnects: 1_000,
};

/** Enough to see that it works; the full ones are for proofs. */
export const quickSizes: PhaseSizes = {
  cancels: 60,
  tickSeconds: 15,
  tickKills: 1,
  schedules: 2,
  flood: 4_000,
  neighbour: 100,
  steady: 5,
  reconnects: 30,
};
