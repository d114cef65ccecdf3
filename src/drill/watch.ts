import type { DrillServices } from './services.js';

/**
 * What happens to runs, written down by the drill's database itself: one row for each change of a status, an epoch or a number of
 * writes, with the process that made it.
 */
const statements = [
  'CREATE SCHEMA drill',
  `CREATE TABLE drill.change (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), app text NOT NULL DEFAULT current_setting('application_name'),
     run uuid NOT NULL, was text, status text NOT NULL, claimed boolean NOT NULL, written boolean NOT NULL, crashed boolean NOT NULL, holder text)`,
  'CREATE INDEX ON drill.change (run, id)',
  'CREATE INDEX ON drill.change (app) WHERE claimed',
  // Holders are kept apart so that each change knows whose hand the run was in.
  'CREATE TABLE drill.holder (run uuid PRIMARY KEY, app text NOT NULL)',
  `CREATE FUNCTION drill.note() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE own text := current_setting('application_name'); held text;
   BEGIN
     IF TG_OP = 'INSERT' THEN
       INSERT INTO drill.change (run, status, claimed, written, crashed) VALUES (NEW.id, NEW.status, false, false, false);
       RETURN NULL;
     END IF;
     IF NEW.status = OLD.status AND NEW.epoch = OLD.epoch AND NEW.writes = OLD.writes THEN RETURN NULL; END IF;
     SELECT app INTO held FROM drill.holder WHERE run = NEW.id;
     INSERT INTO drill.change (run, was, status, claimed, written, crashed, holder)
       VALUES (NEW.id, OLD.status, NEW.status, NEW.epoch > OLD.epoch, NEW.writes > OLD.writes, NEW.crashes > OLD.crashes, held);
     IF NEW.epoch > OLD.epoch THEN
       INSERT INTO drill.holder VALUES (NEW.id, own) ON CONFLICT (run) DO UPDATE SET app = own;
     END IF;
     RETURN NULL;
   END $$`,
  'CREATE TRIGGER drill_note AFTER INSERT OR UPDATE ON "Run" FOR EACH ROW EXECUTE FUNCTION drill.note()',
  'CREATE TABLE drill.fault (name text NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL, scope text NOT NULL, apps text[] NOT NULL)',
] as const;

/** Installs the log of changes, and a defect's statements. */
export async function installWatch({ pool }: DrillServices, more: readonly string[]): Promise<void> {
  for (const text of [...statements, ...more]) await pool.query(text);
}

/** What a fault touched: runs in the hands of processes, those that were queued, or all that were open. */
export type FaultScope = 'HELD' | 'QUEUED' | 'OPEN' | 'NONE';

export interface FaultRecord {
  readonly name: string;
  readonly since: Date;
  readonly until: Date;
  readonly scope: FaultScope;
  /** Names of processes, for HELD. */
  readonly apps: readonly string[];
}

export async function recordFaults({ pool }: DrillServices, faults: readonly FaultRecord[]): Promise<void> {
  for (const { name, since, until, scope, apps } of faults)
    await pool.query('INSERT INTO drill.fault VALUES ($1, $2, $3, $4, $5)', [name, since, until, scope, apps]);
}

export interface Holder {
  /** The name of a process. */
  readonly app: string;
  /** Whether the run is alone there. */
  readonly solo: boolean;
  readonly epoch: number;
}

/** In whose hands a run is; null: in nobody's. */
export async function holderOf({ pool }: DrillServices, runId: string): Promise<Holder | null> {
  const { rows } = await pool.query<Holder>(
    `SELECT h.app, r."leaseSolo" AS solo, r.epoch FROM "Run" r JOIN drill.holder h ON h.run = r.id WHERE r.id = $1 AND r.status = 'RUNNING' AND r."leaseUntil" > clock_timestamp()`,
    [runId],
  );
  return rows[0] ?? null;
}

/** Of these processes, those that have taken runs: they are up. */
export async function working({ pool }: DrillServices, apps: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ apps: number }>(
    'SELECT count(*)::int AS apps FROM unnest($1::text[]) AS t(app) WHERE EXISTS (SELECT FROM drill.change c WHERE c.claimed AND c.app = t.app)',
    [apps],
  );
  return rows[0]?.apps ?? 0;
}

/** Runs that have a holder now, by its name. */
export async function heldBy({ pool }: DrillServices, app: string): Promise<number> {
  const { rows } = await pool.query<{ held: number }>(
    `SELECT count(*)::int AS held FROM "Run" r JOIN drill.holder h ON h.run = r.id WHERE r.status = 'RUNNING' AND h.app = $1`,
    [app],
  );
  return rows[0]?.held ?? 0;
}

/** Whether a run that was taken from a process after a moment is in the hands of another one now. */
export async function takenOver({ pool }: DrillServices, app: string, since: Date): Promise<boolean> {
  const { rows } = await pool.query<{ taken: boolean }>(
    `SELECT EXISTS (SELECT FROM "Run" r JOIN drill.holder h ON h.run = r.id WHERE r.status = 'RUNNING' AND h.app <> $1
       AND EXISTS (SELECT FROM drill.change c WHERE c.run = r.id AND c.crashed AND c.holder = $1 AND c.at > $2)) AS taken`,
    [app, since],
  );
  return rows[0]?.taken === true;
}

export interface OpenWork {
  readonly runs: number;
  readonly unplaced: number;
}

/** Runs that are not final, and events that have no place in the feed. */
export async function openWork({ pool }: DrillServices): Promise<OpenWork> {
  const { rows } = await pool.query<OpenWork>(
    `SELECT (SELECT count(*)::int FROM "Run" WHERE status IN ('QUEUED', 'WAITING', 'RUNNING')) AS runs, (SELECT count(*)::int FROM "FeedBatch") AS unplaced`,
  );
  return rows[0] ?? { runs: 0, unplaced: 0 };
}

/** The oldest of what is open, a line each: why it is says more than that it is. */
export async function readOpen(services: DrillServices): Promise<string[]> {
  const { rows } = await services.pool.query<{ line: string }>(
    `SELECT concat_ws(' ', 'still open:', a.key, r.id, r.status, r."waitKind", 'until ' || (r."waitUntil" - clock_timestamp()), 'queued for ' || (clock_timestamp() - r."queuedAt"),
       'crashes ' || r.crashes, 'lease ' || (r."leaseUntil" - clock_timestamp()), 'dispatched ' || (clock_timestamp() - r."dispatchedAt"),
       'cancellation asked for ' || (clock_timestamp() - r."cancelRequestedAt"), 'attempt ' || r.attempt) AS line
     FROM "Run" r LEFT JOIN "Automation" a ON a.id = r."automationId" WHERE r.status IN ('QUEUED', 'WAITING', 'RUNNING') ORDER BY r.id LIMIT 10`,
  );
  const { unplaced } = await openWork(services);
  return [...rows.map(({ line }) => line), ...(unplaced > 0 ? [`${unplaced} batches of events had no place`] : [])];
}

/** `<run> <sequence>` of all events of a workspace, in the order of the feed. */
export async function feedOf({ pool }: DrillServices, workspace: string): Promise<string[]> {
  const { rows } = await pool.query<{ event: string }>(
    `SELECT "runId" || ' ' || sequence AS event FROM "FeedPosition" WHERE "workspaceId" = $1 ORDER BY position`,
    [workspace],
  );
  return rows.map(({ event }) => event);
}

/** Of these runs, those that are there. */
export async function present({ pool }: Pick<DrillServices, 'pool'>, runIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM "Run" WHERE id = ANY($1::uuid[])', [runIds]);
  return new Set(rows.map(({ id }) => id));
}

/** Whether a run is final; null: the database does not say. */
export async function isOver({ pool }: DrillServices, runId: string): Promise<boolean | null> {
  const answer = await pool
    .query<{ final: boolean }>('SELECT "finishedAt" IS NOT NULL AS final FROM "Run" WHERE id = $1', [runId])
    .catch(() => null);
  return answer?.rows[0]?.final ?? null;
}

/** `<run> <sequence>` of the last event of a workspace; null: there is none. */
export async function lastOf({ pool }: DrillServices, workspace: string): Promise<string | null> {
  const { rows } = await pool.query<{ event: string }>(
    `SELECT "runId" || ' ' || sequence AS event FROM "FeedPosition" WHERE "workspaceId" = $1 ORDER BY position DESC LIMIT 1`,
    [workspace],
  );
  return rows[0]?.event ?? null;
}

/** Runs that are queued now, of a workspace or of all. */
export async function queuedNow({ pool }: DrillServices, workspace: string | null = null): Promise<number> {
  const { rows } = await pool.query<{ runs: number }>(
    `SELECT count(*)::int AS runs FROM "Run" WHERE status = 'QUEUED' AND ($1::uuid IS NULL OR "workspaceId" = $1)`,
    [workspace],
  );
  return rows[0]?.runs ?? 0;
}
