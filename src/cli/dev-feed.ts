import type { Client, RunEventType, RunStatus } from '#client/index';
import { WatchEventsDocument } from '#client/generated/graphql';

/** One line of the terminal. */
export interface DevEvent {
  readonly at: string;
  readonly type: RunEventType;
  readonly status: RunStatus;
  /** The automation's key. */
  readonly automation: string;
  readonly run: string;
  /** What is worth a word: a log line, an output's error. */
  readonly detail: string | null;
}

/** What is shown of runs that nobody waits for: a schedule's would drown what one tries. */
const loud: readonly RunEventType[] = ['LOG', 'STEP_RETRYING', 'RUN_RECLAIMED', 'RUN_FINISHED'];

/** Follows what happens in a workspace, as any subscriber would, until the signal. */
export async function* followEvents(client: Client, workspace: string, signal: AbortSignal): AsyncGenerator<DevEvent, void> {
  for await (const { runEvents: event } of client.subscribe(WatchEventsDocument, { workspace }, { signal })) {
    const { at, type, status, run, log, step } = event;
    if (run.trigger === 'SCHEDULE' && !loud.includes(type)) continue;
    const failure = type === 'RUN_FINISHED' ? run.error : null;
    const detail =
      log?.message ?? (failure ? `${failure.code}: ${failure.message}` : type === 'RUN_FINISHED' ? status : (step?.name ?? null));
    yield { at, type, status, automation: run.automation?.key ?? '', run: run.id, detail };
  }
}
