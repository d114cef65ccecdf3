import type { TimelineEffect, TimelineInput } from '#domain/run/run.timeline';

const start = Date.UTC(2026, 10, 27, 9, 0, 0);
const moment = (ms: number) => new Date(start + ms);
const text = (ms: number) => moment(ms).toISOString();

const call = (
  stepPath: string,
  [from, until]: readonly [number, number],
  host: string,
  more: Partial<TimelineEffect> = {},
): TimelineEffect => ({
  stepPath,
  method: 'POST',
  host,
  status: 'SUCCEEDED',
  statusCode: 200,
  errorCode: null,
  startedAt: moment(from),
  finishedAt: moment(until),
  ...more,
});

/** What the picture in the documentation shows: an order that is exported with a retry, a lost worker and an answer that fails it. */
export const nightlyExport: TimelineInput = {
  run: {
    id: '01a21c94-6722-77b3-a207-42934840ae02',
    status: 'FAILED',
    waitKind: null,
    errorCode: 'HTTP_422',
    errorMessage: 'ledger.example.com refused the booking: period 2026-10 is closed.',
    queuedAt: moment(0),
    startedAt: moment(420),
    finishedAt: moment(19_350),
  },
  name: 'Nightly export of orders',
  steps: [
    {
      path: 'fetch',
      name: 'Fetch orders',
      kind: 'endpoint',
      status: 'SUCCEEDED',
      attempts: [
        {
          number: 1,
          startedAt: text(450),
          finishedAt: text(2_650),
          error: { code: 'HTTP_503', message: 'shop.example.com answered 503 Service Unavailable.' },
        },
        { number: 2, startedAt: text(7_720), finishedAt: text(9_150), error: null },
      ],
    },
    {
      path: 'shape',
      name: 'Shape rows',
      kind: 'code',
      status: 'SUCCEEDED',
      attempts: [
        {
          number: 1,
          startedAt: text(9_200),
          finishedAt: text(11_300),
          error: { code: 'WORKER_LOST', message: 'The worker was lost during this attempt.' },
        },
        { number: 2, startedAt: text(13_050), finishedAt: text(14_800), error: null },
      ],
    },
    {
      path: 'book',
      name: 'Book in the ledger',
      kind: 'endpoint',
      status: 'FAILED',
      attempts: [
        {
          number: 1,
          startedAt: text(14_860),
          finishedAt: text(19_300),
          error: { code: 'HTTP_422', message: 'ledger.example.com refused the booking: period 2026-10 is closed.' },
        },
      ],
    },
  ],
  events: [
    { type: 'RUN_QUEUED', at: moment(0) },
    { type: 'RUN_STARTED', at: moment(420) },
    { type: 'RUN_WAITING', at: moment(2_700) },
    { type: 'RUN_QUEUED', at: moment(7_500) },
    { type: 'RUN_STARTED', at: moment(7_680) },
    { type: 'RUN_RECLAIMED', at: moment(12_700) },
    { type: 'RUN_STARTED', at: moment(13_000) },
    { type: 'RUN_FINISHED', at: moment(19_350) },
  ],
  effects: [
    call('fetch', [500, 2_600], 'shop.example.com', { method: 'GET', status: 'FAILED', statusCode: 503 }),
    call('fetch', [7_760, 9_100], 'shop.example.com', { method: 'GET' }),
    call('book', [14_900, 16_400], 'auth.example.com'),
    call('book', [16_450, 19_250], 'ledger.example.com', { status: 'FAILED', statusCode: 422 }),
  ],
  now: moment(60_000),
};
