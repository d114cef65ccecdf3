import { at, cut, tones, xml } from '#domain/svg';
import { arrow, dim, gap, type Layout, sequence } from './flow.picture.layout.js';
import { type Picture, type PictureInput, pictureOf } from './flow.picture.js';

/** The flow as an SVG document: no scripts, no links, nothing from elsewhere. The same input makes the same text. */
export function flowSvg(input: PictureInput & { /** Of the flow or of the run. */ readonly id: string }): string {
  return draw(pictureOf(input), `flow-${input.id.replaceAll(/[^0-9a-zA-Z-]/g, '')}`);
}

const margin = 24;
const top = 76;
const leastWidth = 420;
const lineHeight = 17;
const mostStarts = 8;

/** Several pictures may stand in one page: what each says of styles is of its own scope. */
function styles(scope: string): string {
  const s = `.${scope} `;
  const colours = (mode: 'light' | 'dark'): string =>
    Object.entries(tones)
      .map(([tone, colour]) => `${s}.${tone}{fill:${colour[mode]}}`)
      .join('');
  return [
    `${s}text{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}`,
    `${s}.title{font-size:17px;font-weight:650}${s}.name{font-size:13px;font-weight:600}${s}.small{font-size:11px}${s}.mono{font-size:11px;font-style:italic}`,
    `${s}.card{fill:#ffffff;stroke:#d5dbe3}${s}.ink{fill:#1e293b}${s}.soft{fill:#64748b}${s}.frame{fill:#f8fafc;stroke:#cbd5e1}${s}.step{fill:#ffffff;stroke:#b6c2d1}`,
    `${s}.way{fill:#ffffff;stroke:#cbd5e1}${s}.round{fill:#eef2ff;stroke:#a5b4fc}${s}.edge{stroke:#94a3b8;fill:none;stroke-width:1.5}${s}.head{fill:#94a3b8}${s}.unreached{opacity:.42}`,
    colours('light'),
    `@media(prefers-color-scheme:dark){${s}.card{fill:#0f172a;stroke:#334155}${s}.ink{fill:#e2e8f0}${s}.soft{fill:#94a3b8}${s}.frame{fill:#131c31;stroke:#3b4a63}${s}.step{fill:#1e293b;stroke:#475569}`,
    `${s}.way{fill:#0f172a;stroke:#475569}${s}.round{fill:#1e1b4b;stroke:#4f46e5}${s}.edge{stroke:#64748b}${s}.head{fill:#64748b}${colours('dark')}}`,
  ].join('');
}

function draw(picture: Picture, scope: string): string {
  const { starts, blocks, end, title, note, status, summary } = picture;
  const begin = startOf(starts);
  const body = sequence(blocks);
  const last = pill(end);
  const inner = Math.max(begin.width, body.width, last.width, leastWidth - 2 * margin);
  const width = inner + 2 * margin;
  const middle = width / 2;
  const bodyTop = top + begin.height + gap;
  const lastTop = bodyTop + (body.height === 0 ? 0 : body.height + gap);
  const height = lastTop + last.height + margin;
  const letters = Math.max(20, Math.floor((width - 2 * margin - (status === null ? 0 : 130)) / 9));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${scope}" width="${at(width)}" height="${at(height)}" viewBox="0 0 ${at(width)} ${at(height)}" role="img" aria-labelledby="${scope}-title ${scope}-desc">`,
    `<title id="${scope}-title">${xml(cut(status === null ? title : `${title}: ${status.text}`, 200))}</title>`,
    `<desc id="${scope}-desc">${xml(cut(summary, 1_500))}</desc>`,
    `<style>${styles(scope)}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${at(width - 1)}" height="${at(height - 1)}" rx="12"/>`,
    `<text class="title ink" x="${margin}" y="34">${xml(cut(title, letters))}</text>`,
    `<text class="soft" x="${margin}" y="54">${xml(cut(note, Math.floor((width - 2 * margin) / 6.4)))}</text>`,
    ...statusOf(status, width - margin),
    ...begin.draw(middle, top),
    ...arrow(middle, top + begin.height, bodyTop, blocks.length > 0 ? blocks[0]?.card.state !== null : picture.arrived),
    ...body.draw(middle, bodyTop),
    ...(body.height === 0 ? [] : arrow(middle, bodyTop + body.height, lastTop, picture.arrived)),
    ...dim(picture.arrived, last.draw(middle, lastTop)),
    '</svg>',
    '',
  ].join('\n');
}

function statusOf(status: Picture['status'], right: number): string[] {
  if (status === null) return [];
  const wide = 26 + status.text.length * 7.6;
  const tone = status.tone ?? 'queued';
  return [
    `<rect class="${tone}" x="${at(right - wide)}" y="18" width="${at(wide)}" height="24" rx="12" opacity="0.16"/>`,
    `<text class="${tone} small" x="${at(right - wide / 2)}" y="34" text-anchor="middle" font-weight="700" letter-spacing="0.6">${xml(status.text)}</text>`,
  ];
}

/** What starts it: one line for each. */
function startOf(starts: readonly string[]): Layout {
  const shown = starts.length > mostStarts ? [...starts.slice(0, mostStarts - 1), `and ${starts.length - mostStarts + 1} more`] : starts;
  const lines = shown.map((line) => cut(line, 56));
  return rounded(lines);
}

const pill = (text: string): Layout => rounded([cut(text, 56)]);

function rounded(lines: readonly string[]): Layout {
  const width = Math.max(96, ...lines.map((line) => line.length * 6.9 + 36));
  const height = 15 + lines.length * lineHeight;
  return {
    width,
    height,
    draw: (x, y) => [
      `<rect class="round" x="${at(x - width / 2)}" y="${at(y)}" width="${at(width)}" height="${height}" rx="${Math.min(16, height / 2)}"/>`,
      ...lines.map(
        (line, index) => `<text class="ink" x="${at(x)}" y="${at(y + 20 + index * lineHeight)}" text-anchor="middle">${xml(line)}</text>`,
      ),
    ],
  };
}
