import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const seconds = [0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The metrics of one process, served at /metrics. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'millrace_' });
  const registers = [registry];
  return {
    registry,
    runsTriggered: new Counter({ name: 'millrace_runs_triggered_total', help: 'Runs committed.', labelNames: ['trigger'], registers }),
    runsFinished: new Counter({
      name: 'millrace_runs_finished_total',
      help: 'Runs that became final, by status.',
      labelNames: ['status'],
      registers,
    }),
    runLatency: new Histogram({ name: 'millrace_run_latency_seconds', help: 'From queued to final.', buckets: seconds, registers }),
    runQueueTime: new Histogram({ name: 'millrace_run_queue_seconds', help: 'From queued to claimed.', buckets: seconds, registers }),
    leasesReclaimed: new Counter({
      name: 'millrace_leases_reclaimed_total',
      help: 'Runs taken back from a worker that went silent.',
      registers,
    }),
    staleWrites: new Counter({ name: 'millrace_stale_writes_total', help: 'Writes of a stale worker that the fence refused.', registers }),
    queueDepth: new Gauge({ name: 'millrace_queue_depth', help: 'Runs that are QUEUED, in PostgreSQL.', registers }),
    slotsBusy: new Gauge({ name: 'millrace_worker_slots_busy', help: 'Runs that this worker executes now.', registers }),
    feedLag: new Gauge({
      name: 'millrace_feed_lag_seconds',
      help: 'Age of the oldest event that has no place in the feed yet.',
      registers,
    }),
    eventFeedLag: new Gauge({
      name: 'millrace_event_feed_lag_seconds',
      help: 'Age of the oldest event of a record that has no place in the feed yet.',
      registers,
    }),
    eventsPending: new Gauge({
      name: 'millrace_events_pending',
      help: 'Events for which automations are not evaluated yet, in PostgreSQL; counted up to 100 000.',
      registers,
    }),
    deliveries: new Counter({
      name: 'millrace_deliveries_total',
      help: 'Attempts to deliver notifications, by how they are sent and what came of them.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    deliveriesPending: new Gauge({
      name: 'millrace_deliveries_pending',
      help: 'Notifications that are not delivered yet, in PostgreSQL.',
      registers,
    }),
    eventsHeld: new Counter({
      name: 'millrace_events_held_total',
      help: 'Times that an event was held back because the queue of its workspace was full.',
      registers,
    }),
    eventsPassed: new Counter({
      name: 'millrace_events_passed_total',
      help: 'Events whose rules were evaluated, by this worker.',
      registers,
    }),
    rulesEvaluated: new Counter({
      name: 'millrace_rules_evaluated_total',
      help: 'Rules that events concerned, by what came of them.',
      labelNames: ['outcome'],
      registers,
    }),
    subscriptions: new Gauge({ name: 'millrace_subscriptions', help: 'Open subscriptions of this process.', registers }),
    socketsClosed: new Counter({
      name: 'millrace_websockets_closed_total',
      help: 'WebSockets that this process closed, by close code.',
      labelNames: ['code'],
      registers,
    }),
    outgoingCalls: new Histogram({
      name: 'millrace_outgoing_call_seconds',
      help: 'Duration of calls of other servers, by class of the status or code of the error.',
      labelNames: ['outcome'],
      buckets: seconds,
      registers,
    }),
    requests: new Histogram({
      name: 'millrace_http_request_seconds',
      help: 'Duration of HTTP requests.',
      labelNames: ['route', 'status'],
      buckets: seconds,
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
