/** What the drill breaks, in words of its command line. */
export const faultNames = [
  'kill-worker',
  'freeze-worker',
  'kill-api',
  'freeze-api',
  'kill-redis',
  'freeze-redis',
  'empty-redis',
  'flush-redis',
  'half-open-redis',
  'full-redis',
  'stop-database',
  'kill-database',
  'cut-database',
  'slow-database',
  'lost-answers',
  'step-clock',
  'roll',
  'poison',
  'revoke',
  'reconnect',
] as const;
export type FaultName = (typeof faultNames)[number];
