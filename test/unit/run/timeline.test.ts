import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSpan, mostLanes, mostMarks, timelineOf, type TimelineInput } from '#domain/run/run.timeline';
import { ticksOf, timelineSvg } from '#domain/run/run.timeline.svg';
import { nightlyExport } from './timeline.fixture.js';

const hostile = [
  '</text><script>alert(1)</script>',
  '"><image href="https://evil.example/x.png"/>',
  ']]><!-- & &amp; &#0; -->',
  'a\u0000b\u0008c\ud800d\ufffee',
  '\u202egnp.exe\u2066',
  '" onload="alert(1)',
  '👩‍👩‍👧'.repeat(40),
  '名'.repeat(100),
  '',
];

/** A reader of the XML that a drawing may use: elements, attributes in double quotes, text with the five entities. Throws at anything else. */
function readXml(document: string): readonly { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[] {
  const name = '[a-zA-Z][\\w:-]*';
  const value = '[^<>&"]|&(?:amp|lt|gt|quot|#39);';
  const open: string[] = [];
  const elements: { name: string; attributes: Map<string, string> }[] = [];
  const token = new RegExp(`<(${name})((?: ${name}="(?:${value})*")*)(/?)>|</(${name})>|((?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+)`, 'uy');
  let depthZero = 0;
  while (token.lastIndex < document.length) {
    const from = token.lastIndex;
    const found = token.exec(document);
    if (found === null) throw new Error(`No XML at ${from}: ${document.slice(from, from + 60)}`);
    const [, opened, attributes = '', single, closed, text] = found;
    if (text !== undefined && Array.from(text).some((character) => !isXmlCharacter(character)))
      throw new Error('A character that XML cannot carry.');
    if (text !== undefined && open.length === 0 && text.trim() !== '') throw new Error('Text outside of the root.');
    if (opened !== undefined) {
      if (open.length === 0) depthZero += 1;
      const pairs = [...attributes.matchAll(new RegExp(`(${name})="([^"]*)"`, 'g'))].map(
        ([, key = '', given = '']) => [key, given] as const,
      );
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`An attribute of ${opened} is given twice.`);
      elements.push({ name: opened, attributes: new Map(pairs) });
      if (single === '') open.push(opened);
    }
    if (closed !== undefined && open.pop() !== closed) throw new Error(`${closed} is closed and not open.`);
  }
  if (open.length > 0 || depthZero !== 1) throw new Error('Not one root element.');
  return elements;
}

function isXmlCharacter(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return point === 9 || point === 10 || (point >= 0x20 && point <= 0xd7ff) || (point >= 0xe000 && point <= 0xfffd) || point >= 0x10000;
}

const allowed = new Set(['svg', 'title', 'desc', 'style', 'defs', 'pattern', 'rect', 'text', 'line', 'g']);

const coordinates = new Set(['x', 'y', 'width', 'height', 'rx', 'x1', 'x2', 'y1', 'y2']);

/** The elements of a picture. Throws for what a picture must not hold. */
function checked(svg: string) {
  const elements = readXml(svg);
  for (const { name, attributes } of elements) {
    if (!allowed.has(name)) throw new Error(`An element ${name}.`);
    for (const [key, value] of attributes) {
      if (/^on|href|src/i.test(key)) throw new Error(`An attribute ${key}.`);
      if (!coordinates.has(key)) continue;
      if (!Number.isFinite(Number(value)) || (/^(width|height|rx)$/.test(key) && Number(value) < 0)) throw new Error(`${key}="${value}"`);
    }
  }
  return elements;
}

const labels = (input: TimelineInput) =>
  timelineOf(input).lanes.flatMap((lane) => [...lane.marks, ...lane.calls].map((mark) => mark.label));

describe('the lanes of a run', () => {
  it('tell what the run did, attempt by attempt and call by call', () => {
    expect(labels(nightlyExport)).toEqual([
      'Queued for 420 ms',
      'Running for 2.28 s',
      'Waiting for 4.8 s',
      'Queued for 180 ms',
      'Running for 5.02 s',
      'Queued again, its worker was lost for 300 ms',
      'Running for 6.35 s',
      'Attempt 1: HTTP_503 after 2.2 s. shop.example.com answered 503 Service Unavailable.',
      'Attempt 2: done in 1.43 s',
      'GET shop.example.com: 503, 2.1 s',
      'GET shop.example.com: 200, 1.34 s',
      'Attempt 1: WORKER_LOST after 2.1 s. The worker was lost during this attempt.',
      'Attempt 2: done in 1.75 s',
      'Attempt 1: HTTP_422 after 4.44 s. ledger.example.com refused the booking: period 2026-10 is closed.',
      'POST auth.example.com: 200, 1.5 s',
      'POST ledger.example.com: 422, 2.8 s',
    ]);
    expect(timelineOf(nightlyExport).lanes.map(({ tone, note }) => [tone, note])).toEqual([
      ['bad', 'failed'],
      ['good', 'endpoint, succeeded'],
      ['good', 'code, succeeded'],
      ['bad', 'endpoint, failed'],
    ]);
  });

  it('of a run that goes on end now, and say what it waits for', () => {
    const run = { ...nightlyExport.run, status: 'WAITING' as const, waitKind: 'PAUSED' as const, finishedAt: null, errorCode: null };
    const events = nightlyExport.events.slice(0, 3);
    const timeline = timelineOf({ ...nightlyExport, run, events, steps: [], effects: [] });
    expect(timeline.lanes[0]).toMatchObject({ note: 'waiting: paused', tone: 'waiting' });
    expect(timeline.lanes[0]?.marks.at(-1)).toMatchObject({ until: 60_000, tone: 'waiting' });
  });

  it('are there without events, from the times of the run', () => {
    expect(labels({ ...nightlyExport, events: [], steps: [], effects: [] })).toEqual(['Queued for 420 ms', 'Running for 18.9 s']);
    const queued = { ...nightlyExport.run, status: 'QUEUED' as const, startedAt: null, finishedAt: null };
    expect(labels({ ...nightlyExport, run: queued, events: [], steps: [], effects: [] })).toEqual(['Queued for 1 min']);
  });

  it('are bounded, and what is left out is said', () => {
    const [step] = nightlyExport.steps;
    const [attempt] = step?.attempts ?? [];
    if (step === undefined || attempt === undefined) throw new Error('The fixture has steps with attempts.');
    const attempts = Array.from({ length: 5 }, () => attempt);
    const steps = Array.from({ length: 100 }, (_, n) => ({ ...step, path: `s${n}`, attempts }));
    const timeline = timelineOf({ ...nightlyExport, steps });
    expect(timeline.lanes).toHaveLength(mostLanes);
    expect(timeline.lanes.flatMap(({ marks, calls }) => [...marks, ...calls])).toHaveLength(mostMarks);
    expect(timeline.rest).toBe('and 41 more steps (41 succeeded), 307 attempts, calls or states that are not drawn');
    const svg = timelineSvg({ ...nightlyExport, steps });
    checked(svg);
    expect(svg.length).toBeLessThan(100_000);
  });

  it('keep within the run, however the clocks of workers differ', () => {
    const early = new Date(nightlyExport.run.queuedAt.getTime() - 5_000).toISOString();
    const steps = nightlyExport.steps.map((step) => ({
      ...step,
      attempts: step.attempts.map((attempt) => ({ ...attempt, startedAt: early })),
    }));
    for (const lane of timelineOf({ ...nightlyExport, steps }).lanes)
      for (const { from, until } of [...lane.marks, ...lane.calls]) {
        expect(from).toBeGreaterThanOrEqual(0);
        expect(until).toBeGreaterThanOrEqual(from);
        expect(until).toBeLessThanOrEqual(19_350);
      }
  });
});

describe('the time axis', () => {
  it.each([
    [1, 2],
    [7, 8],
    [450, 5],
    [19_350, 4],
    [60_000, 7],
    [3_600_000, 7],
    [86_400_000 * 400, 8],
  ])('of %d ms has %d ticks', (span, count) => {
    expect(ticksOf(span)).toHaveLength(count);
  });

  it('has at most nine ticks, all of them within the run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (span) => {
        const ticks = ticksOf(span);
        expect(ticks.length).toBeLessThanOrEqual(9);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeLessThanOrEqual(span);
      }),
    );
  });

  it('writes lengths as a person does', () => {
    expect([0, 12.4, 999, 1_500, 12_340, 60_000, 125_000, 3_600_000, 12_000_000, 187_200_000].map(formatSpan)).toEqual([
      '0 ms',
      '12 ms',
      '999 ms',
      '1.5 s',
      '12.3 s',
      '1 min',
      '2 min 5 s',
      '1 h',
      '3 h 20 min',
      '2 d 4 h',
    ]);
  });
});

describe('the picture of a run', () => {
  it('is the one in the documentation', async () => {
    await expect(timelineSvg(nightlyExport)).toMatchFileSnapshot('../../../docs/timeline-lost-worker.svg');
  });

  it('is the same text for the same run', () => {
    expect(timelineSvg(nightlyExport)).toBe(timelineSvg(structuredClone(nightlyExport)));
  });

  it('tells who cannot see it what it shows', () => {
    const elements = checked(timelineSvg(nightlyExport));
    const [svg, title, desc] = elements;
    expect(svg?.attributes.get('role')).toBe('img');
    expect(svg?.attributes.get('aria-labelledby')).toBe(`${title?.attributes.get('id') ?? ''} ${desc?.attributes.get('id') ?? ''}`);
    expect([title?.name, desc?.name]).toEqual(['title', 'desc']);
  });

  it.each(hostile)('carries %j as text', (text) => {
    const [step] = nightlyExport.steps;
    const svg = timelineSvg({
      ...nightlyExport,
      name: text,
      run: { ...nightlyExport.run, id: text, errorCode: text, errorMessage: text },
      steps:
        step === undefined
          ? []
          : [{ ...step, name: text, kind: text, attempts: step.attempts.map((one) => ({ ...one, error: { code: text, message: text } })) }],
      effects: nightlyExport.effects.map((effect) => ({ ...effect, method: text, host: text, errorCode: text, statusCode: null })),
    });
    checked(svg);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u202e');
  });

  it('is well-formed XML for whatever a run may hold', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...hostile));
    const time = fc.integer({ min: -10_000, max: 10 ** 11 }).map((ms) => new Date(nightlyExport.run.queuedAt.getTime() + ms));
    const attempt = fc.record({
      number: fc.nat(),
      startedAt: time.map((at) => at.toISOString()),
      finishedAt: fc.option(time.map((at) => at.toISOString())),
      error: fc.option(fc.record({ code: anyText, message: anyText })),
    });
    const step = fc.record({
      path: fc.constantFrom('a', 'b', 'c'),
      name: anyText,
      kind: anyText,
      status: fc.constantFrom(
        'RUNNING' as const,
        'RETRYING' as const,
        'SUCCEEDED' as const,
        'FAILED' as const,
        'CANCELED' as const,
        'TIMED_OUT' as const,
      ),
      attempts: fc.array(attempt, { maxLength: 6 }),
    });
    const effect = fc.record({
      stepPath: fc.constantFrom('a', 'b', 'c'),
      method: anyText,
      host: anyText,
      status: fc.constantFrom('INTENDED' as const, 'SUCCEEDED' as const, 'FAILED' as const),
      statusCode: fc.option(fc.nat({ max: 999 })),
      errorCode: fc.option(anyText),
      startedAt: time,
      finishedAt: fc.option(time),
    });
    const input = fc.record({
      run: fc.record({
        id: anyText,
        status: fc.constantFrom(
          'QUEUED' as const,
          'WAITING' as const,
          'RUNNING' as const,
          'PARTIAL' as const,
          'DEAD' as const,
          'TIMED_OUT' as const,
        ),
        waitKind: fc.option(fc.constantFrom('RETRY' as const, 'PAUSED' as const)),
        errorCode: fc.option(anyText),
        errorMessage: fc.option(anyText),
        queuedAt: time,
        startedAt: fc.option(time),
        finishedAt: fc.option(time),
      }),
      name: fc.option(anyText),
      steps: fc.array(step, { maxLength: 6 }),
      events: fc.array(
        fc.record({
          type: fc.constantFrom('RUN_QUEUED' as const, 'RUN_STARTED' as const, 'RUN_WAITING' as const, 'LOG' as const),
          at: time,
        }),
        {
          maxLength: 12,
        },
      ),
      effects: fc.array(effect, { maxLength: 8 }),
      now: time,
    });
    fc.assert(
      fc.property(input, (given) => {
        checked(timelineSvg(given));
      }),
      { numRuns: 100 },
    );
  });
});
