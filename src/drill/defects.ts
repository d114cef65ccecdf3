import type { FaultName } from './fault-names.js';

/** A change of a compiled module. `from` is found exactly once in it, or the drill refuses. */
export interface Patch {
  /** Below the root of the package. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A mistake that is planted into a copy of the product, to show that the drill finds it. */
export interface Defect {
  readonly about: string;
  /** The faults that bring it to light. */
  readonly faults: readonly FaultName[];
  /** The judgements of which one turns red, by how their names begin. */
  readonly shows: readonly string[];
  readonly patches: readonly Patch[];
  /** For the drill's own database, after its migration. */
  readonly sql: readonly string[];
}

export const defectNames = [
  'no-fence',
  'early-enqueue',
  'no-reconciler',
  'plain-sequence',
  'no-tick-key',
  'final-unguarded',
  'resume-at-tail',
] as const;
export type DefectName = (typeof defectNames)[number];

const write = 'dist/src/domain/run/run.write.js';
const lease = 'dist/src/domain/run/run.lease.js';
const trigger = 'dist/src/domain/run/run.trigger.js';
const ticks = 'dist/src/domain/schedule/schedule.ticks.js';

export const defects: Readonly<Record<DefectName, Defect>> = {
  'no-fence': {
    about: 'Writes of a worker do not check that the run is still its own.',
    faults: ['cut-database', 'freeze-worker'],
    shows: ['writes by stale workers'],
    patches: [
      {
        file: write,
        from: `WHERE r.id = given.id AND r.epoch = given.epoch AND r.writes = given.writes AND r.status::text = 'RUNNING'`,
        to: `WHERE r.id = given.id AND r.status::text = 'RUNNING'`,
      },
    ],
    sql: [],
  },
  'early-enqueue': {
    about: 'Workers are woken for a run before it is committed.',
    faults: ['slow-database'],
    shows: ['wake-ups sent before their commit'],
    patches: [
      {
        file: trigger,
        from: 'async function commit(platform, runs) {',
        to: 'async function commit(platform, runs) {\n    platform.queue.wake(runs.filter((run) => run.dispatched).map((run) => run.id));',
      },
      { file: trigger, from: `platform.queue.wake(woken.flatMap(({ id }) => (waiting.has(id) ? [] : [id])));`, to: 'void woken;' },
    ],
    sql: [],
  },
  'no-reconciler': {
    about: 'Nobody looks for runs whose worker or wake-up was lost.',
    faults: ['kill-worker'],
    shows: ['runs stuck after that', 'runs of killed workers taken back'],
    patches: [{ file: 'dist/worker/reconciler.js', from: 'running ??= pass().finally(', to: 'running ??= Promise.resolve().finally(' }],
    sql: [],
  },
  'plain-sequence': {
    about: 'Events get their place in the feed from a plain counter as they are written, before their commit.',
    faults: ['slow-database', 'reconnect'],
    shows: ['feed: '],
    patches: [],
    sql: [
      `CREATE SEQUENCE drill_place`,
      `CREATE FUNCTION drill_place() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO "FeedPosition" (position, "workspaceId", "runId", sequence, at) VALUES (nextval('drill_place'), NEW."workspaceId", NEW."runId", NEW.sequence, clock_timestamp());
         RETURN NULL; END $$`,
      `CREATE TRIGGER drill_place AFTER INSERT ON "RunEvent" FOR EACH ROW EXECUTE FUNCTION drill_place()`,
      `CREATE FUNCTION drill_no_batch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
      `CREATE TRIGGER drill_no_batch BEFORE INSERT ON "FeedBatch" FOR EACH ROW EXECUTE FUNCTION drill_no_batch()`,
    ],
  },
  'no-tick-key': {
    about: 'Nothing makes a tick unique: neither the key of the ledger nor the lock on the schedule.',
    faults: ['slow-database'],
    shows: ['ticks doubled'],
    patches: [
      {
        file: ticks,
        from: 'ORDER BY s."nextFireAt" LIMIT ${mostSchedules} FOR UPDATE SKIP LOCKED`',
        to: 'ORDER BY s."nextFireAt" LIMIT ${mostSchedules}`',
      },
      { file: ticks, from: `ON CONFLICT ("scheduleId", "nominalAt") DO NOTHING`, to: '' },
    ],
    sql: [`ALTER TABLE "Tick" DROP CONSTRAINT "Tick_pkey"`],
  },
  'final-unguarded': {
    about: 'A run that is final can be moved on.',
    faults: ['cut-database', 'freeze-worker'],
    shows: ['final states flipped'],
    patches: [
      {
        file: write,
        from: `AND r.writes = given.writes AND r.status::text = 'RUNNING'`,
        to: `AND r.writes = given.writes`,
      },
      {
        file: lease,
        from: `SELECT id FROM "Run" WHERE id = ANY($1::uuid[]) AND status IN ('QUEUED', 'WAITING', 'RUNNING') UNION`,
        to: `SELECT id FROM "Run" WHERE id = ANY($1::uuid[]) UNION`,
      },
      {
        file: lease,
        from: `WHERE id = ANY(ARRAY(SELECT id FROM tree)) AND status IN ('QUEUED', 'WAITING', 'RUNNING') \${locked}`,
        to: `WHERE id = ANY(ARRAY(SELECT id FROM tree)) \${locked}`,
      },
      {
        file: lease,
        from: `FROM target WHERE r.id = target.id AND target.status IN ('QUEUED', 'WAITING')`,
        to: `FROM target WHERE r.id = target.id AND target.status <> 'RUNNING'`,
      },
    ],
    sql: [],
  },
  'resume-at-tail': {
    about: 'A subscription that is resumed begins at the present end of the feed.',
    faults: ['reconnect', 'kill-api'],
    shows: ['feed: events missing'],
    patches: [
      { file: 'dist/src/domain/feed-stream.js', from: 'this.#position = after ?? this.#live;', to: 'this.#position = this.#live;' },
    ],
    sql: [],
  },
};

/** The text with the patch in it. Throws where `from` does not stand exactly once. */
export function patched(text: string, { file, from, to }: Patch): string {
  const count = text.split(from).length - 1;
  if (count !== 1) throw new Error(`What a defect changes stands ${count} times in ${file}, and not once: ${from}`);
  return text.replace(from, () => to);
}
