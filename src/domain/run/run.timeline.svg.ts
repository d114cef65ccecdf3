import { at, cut, places, tones, xml } from '#domain/svg';
import { formatSpan, type Lane, type Mark, type Timeline, type TimelineInput, timelineOf, type Tone } from './run.timeline.js';

/** The picture of a run as an SVG document: no scripts, no links, nothing from elsewhere. The same input makes the same text. */
export function timelineSvg(input: TimelineInput): string {
  return draw(timelineOf(input));
}

const width = 960;
const left = 214;
const right = width - 36;
const top = 84;
const laneHeight = 38;
/** The narrowest bar that is still seen. */
const leastWidth = 3;

/** The sign at the end of a lane: colour alone does not tell. */
const signs: Record<Tone, string> = { queued: '', waiting: '…', running: '▸', good: '✓', bad: '✕', late: '!', stopped: '■', lost: '↯' };

function styles(scope: string): string {
  const colours = (mode: 'light' | 'dark'): string =>
    (Object.keys(signs) as Tone[]).map((tone) => `.${scope} .${tone}{fill:${tones[tone][mode]}}`).join('');
  const s = `.${scope} `;
  return [
    `${s}text{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}`,
    `${s}.title{font-size:17px;font-weight:650}${s}.name{font-size:13px;font-weight:600}${s}.small{font-size:11px}`,
    `${s}.card{fill:#ffffff;stroke:#d5dbe3}${s}.ink{fill:#1e293b}${s}.soft{fill:#64748b}${s}.grid{stroke:#e8ecf1}${s}.track{fill:#f4f6f9}${s}.alarm{fill:#fef2f2}${s}.on{fill:#ffffff}`,
    colours('light'),
    `${s}.queued{opacity:.75}`,
    `@media(prefers-color-scheme:dark){${s}.card{fill:#0f172a;stroke:#334155}${s}.ink{fill:#e2e8f0}${s}.soft{fill:#94a3b8}${s}.grid{stroke:#1e293b}${s}.track{fill:#172033}${s}.alarm{fill:#3b1420}${s}.on{fill:#0f172a}${colours('dark')}}`,
  ].join('');
}

function draw(timeline: Timeline): string {
  // Several pictures may stand in one page: their names must not meet.
  const scope = `run-${timeline.id.replaceAll(/[^0-9a-zA-Z-]/g, '')}`;
  const bottom = top + timeline.lanes.length * laneHeight;
  const footer = [
    ...(timeline.error === null ? [] : [{ kind: 'error', text: timeline.error } as const]),
    ...(timeline.rest === null ? [] : [{ kind: 'rest', text: timeline.rest } as const]),
  ];
  const height = bottom + 38 + footer.length * 30;
  const x = (ms: number): number => left + (ms / timeline.span) * (right - left);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${scope}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${scope}-title ${scope}-desc">`,
    `<title id="${scope}-title">${xml(cut(`${timeline.title}: ${timeline.status}, ${formatSpan(timeline.span)}`, 200))}</title>`,
    `<desc id="${scope}-desc">${xml(cut(timeline.summary, 1_500))}</desc>`,
    `<style>${styles(scope)}</style>`,
    // Waiting is hatched, so that it is told from doing also without colours.
    `<defs><pattern id="${scope}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="waiting" width="2.4" height="6"/></pattern></defs>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12"/>`,
    ...header(timeline),
    ...axis(timeline.span, x, bottom),
    ...timeline.lanes.flatMap((lane, index) => drawLane(lane, top + index * laneHeight, x, scope, index === 0)),
    ...footer.flatMap(({ kind, text }, index) => drawFooter(kind, text, bottom + 34 + index * 30)),
    '</svg>',
    '',
  ].join('\n');
}

function header({ title, status, tone, span, lanes }: Timeline): string[] {
  const pill = status.replaceAll('_', ' ');
  const pillWidth = 26 + pill.length * 7.6;
  const steps = lanes.length - 1;
  return [
    `<text class="title ink" x="24" y="36">${xml(cut(title, 62))}</text>`,
    `<text class="soft" x="24" y="56">${formatSpan(span)} · ${steps} step${steps === 1 ? '' : 's'}</text>`,
    `<rect class="${tone}" x="${at(right - pillWidth)}" y="20" width="${at(pillWidth)}" height="24" rx="12" opacity="0.16"/>`,
    `<text class="${tone} small" x="${at(right - pillWidth / 2)}" y="36" text-anchor="middle" font-weight="700" letter-spacing="0.6">${pill}</text>`,
  ];
}

/** Lengths between two ticks, in milliseconds. */
const tickSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800].map(
    (s) => s * 1_000,
  ),
);
const mostTicks = 8;

/** Round times that divide a span into at most eight parts, from 0. */
export function ticksOf(span: number): number[] {
  const longest = tickSteps.at(-1) ?? 1;
  const step = tickSteps.find((length) => span / length <= mostTicks) ?? Math.ceil(span / mostTicks / longest) * longest;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}

function axis(span: number, x: (ms: number) => number, bottom: number): string[] {
  return ticksOf(span).flatMap((tick) => [
    `<line class="grid" x1="${at(x(tick))}" y1="${top - 8}" x2="${at(x(tick))}" y2="${bottom}"/>`,
    `<text class="soft small" x="${at(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick === 0 ? '0' : formatSpan(tick)}</text>`,
  ]);
}

/** The run's own lane has no calls: what its bars mean stands beneath them. */
function drawLane(lane: Lane, y: number, x: (ms: number) => number, scope: string, own: boolean): string[] {
  const sign = signs[lane.tone];
  const last = lane.marks.at(-1);
  const end = last === undefined ? left : Math.max(x(last.until), x(last.from) + leastWidth);
  return [
    `<text class="name ink" x="24" y="${y + 13}">${xml(cut(lane.name, 25))}</text>`,
    `<text class="soft small" x="24" y="${y + 27}">${xml(cut(lane.note, 30))}</text>`,
    `<rect class="track" x="${left}" y="${y + 2}" width="${right - left}" height="16" rx="4"/>`,
    ...lane.marks.map((mark) => bar(mark, { y: y + 2, height: 16, round: 4 }, x, scope)),
    ...lane.marks.flatMap((mark) => caption(mark, own ? y + 30 : y + 14, x, own ? 'soft' : 'on')),
    ...lane.calls.map((mark) => bar(mark, { y: y + 22, height: 6, round: 3 }, x, scope)),
    ...(sign === '' || last === undefined
      ? []
      : [`<text class="${lane.tone}" x="${at(Math.min(end + 5, width - 28))}" y="${y + 15}" font-weight="700">${sign}</text>`]),
  ];
}

function bar(
  { from, until, tone, label }: Mark,
  place: { readonly y: number; readonly height: number; readonly round: number },
  x: (ms: number) => number,
  scope: string,
): string {
  const wide = Math.max(x(until) - x(from), leastWidth);
  const box = `x="${at(Math.min(x(from), right - leastWidth))}" y="${place.y}" width="${at(wide)}" height="${place.height}" rx="${Math.min(place.round, at(wide / 2))}"`;
  const title = `<title>${xml(cut(label, 300))}</title>`;
  if (tone !== 'waiting') return `<g>${title}<rect class="${tone}" ${box}/></g>`;
  return `<g>${title}<rect class="waiting" ${box} opacity="0.15"/><rect fill="url(#${scope}-hatch)" ${box}/></g>`;
}

/** What a bar means, where there is room for it. */
function caption({ from, until, short }: Mark, y: number, x: (ms: number) => number, tone: 'soft' | 'on'): string[] {
  const text = cut(short, 24);
  const [begin, end] = [x(from), x(until)];
  if (text === '' || end - begin < 14 + places(text) * 6.4) return [];
  return [`<text class="${tone} small" x="${at((begin + end) / 2)}" y="${y}" text-anchor="middle">${xml(text)}</text>`];
}

function drawFooter(kind: 'error' | 'rest', text: string, y: number): string[] {
  const line = xml(cut(text, 122));
  if (kind === 'rest') return [`<text class="soft small" x="24" y="${y + 12}">${line}</text>`];
  return [
    `<rect class="alarm" x="16" y="${y - 6}" width="${width - 32}" height="26" rx="6"/>`,
    `<text class="bad" x="28" y="${y + 11}">${line}</text>`,
  ];
}
