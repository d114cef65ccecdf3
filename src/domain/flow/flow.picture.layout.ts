import { at, cut, xml } from '#domain/svg';
import type { PictureBlock, PictureCard, PicturePart } from './flow.picture.js';

/** A part of a picture whose line comes in at the middle of its top and goes out at the middle of its bottom. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly draw: (middle: number, top: number) => readonly string[];
}

/** Between two steps. */
export const gap = 28;
const cardWidth = 244;
const pad = 18;
const between = 26;
/** Letters that fit into a card. */
const letters = 33;
const forkHeight = 62;
const joinHeight = 22;
const leastWay = 120;

const nothing: Layout = { width: 0, height: 0, draw: () => [] };

/** Steps from top to bottom. */
export function sequence(blocks: readonly PictureBlock[]): Layout {
  if (blocks.length === 0) return nothing;
  const parts = blocks.map((block) => ({ ...layoutOf(block), reached: block.card.state !== null }));
  const height = parts.reduce((sum, part) => sum + part.height, (parts.length - 1) * gap);
  return {
    width: Math.max(...parts.map((part) => part.width)),
    height,
    draw: (middle, top) => {
      let y = top;
      return parts.flatMap((part, index) => {
        const own = [...(index === 0 ? [] : arrow(middle, y - gap, y, part.reached)), ...part.draw(middle, y)];
        y += part.height + gap;
        return own;
      });
    },
  };
}

function layoutOf(block: PictureBlock): Layout {
  switch (block.type) {
    case 'step':
      return card(block.card, 'step');
    case 'branch':
      return branch(block.card, block.ways);
    case 'box':
      return box(block.card, block.parts);
  }
}

export const arrow = (x: number, from: number, to: number, reached: boolean): string[] =>
  dim(reached, [
    `<path class="edge" d="M${at(x)} ${at(from)}V${at(to - 5)}"/>`,
    `<path class="head" d="M${at(x - 4)} ${at(to - 7)}h8l-4 7z"/>`,
  ]);

const line = (path: string, reached: boolean): string[] => dim(reached, [`<path class="edge" d="${path}"/>`]);

export const dim = (reached: boolean, drawn: readonly string[]): string[] =>
  reached ? [...drawn] : ['<g class="unreached">', ...drawn, '</g>'];

const isReached = ({ blocks }: PicturePart): boolean => blocks.some(({ card: { state } }) => state !== null);

/** What is shown of it where there is room for all. */
const titleOf = ({ title, note, condition, state }: PictureCard): string =>
  [title, note, ...(condition === null ? [] : [`if ${condition}`]), ...(state == null ? [] : [state.told])]
    .map((text) => xml(cut(text, 300)))
    .join('\n');

/** A step; a branch has cut corners. */
function card(shown: PictureCard, form: 'step' | 'branch'): Layout {
  const { condition } = shown;
  const height = condition === null ? 50 : 67;
  return {
    width: cardWidth,
    height,
    draw: (middle, top) => {
      const x = middle - cardWidth / 2;
      const c = 12;
      const inset = form === 'step' ? 16 : 24;
      const outline =
        form === 'step'
          ? `<rect class="step" x="${at(x)}" y="${at(top)}" width="${cardWidth}" height="${height}" rx="8"/>`
          : `<path class="step" d="M${at(x + c)} ${at(top)}h${cardWidth - 2 * c}l${c} ${height / 2}l${-c} ${height / 2}h${2 * c - cardWidth}l${-c} ${-height / 2}z"/>`;
      return dim(shown.state !== null, [
        `<g><title>${titleOf(shown)}</title>`,
        outline,
        ...texts(shown, x + inset, top, cardWidth - 2 * inset),
        '</g>',
      ]);
    },
  };
}

function texts(shown: PictureCard, x: number, top: number, width: number): string[] {
  const { title, note, condition, state } = shown;
  const sign = state?.sign ?? '';
  const room = Math.floor((width / (cardWidth - 32)) * letters);
  // The kind of a step in the colour of what came of it, and a sign, for colour alone does not tell.
  return [
    ...(state == null
      ? []
      : [
          `<rect class="${state.tone}" x="${at(x - 10)}" y="${at(top + 9)}" width="3.5" height="32" rx="1.7"/>`,
          `<text class="${state.tone}" x="${at(x + width + 4)}" y="${at(top + 21)}" text-anchor="end" font-weight="700">${xml(sign)}</text>`,
        ]),
    `<text class="name ink" x="${at(x)}" y="${at(top + 21)}">${xml(cut(title, room - 2 - Math.ceil(sign.length * 1.1)))}</text>`,
    `<text class="soft small" x="${at(x)}" y="${at(top + 38)}">${xml(cut(note, room + 3))}</text>`,
    ...(condition === null
      ? []
      : [`<text class="soft mono" x="${at(x)}" y="${at(top + 56)}">${xml(cut(`if ${condition}`, room + 3))}</text>`]),
  ];
}

/** Columns side by side, with the x of the middle of each counted from the left. */
function columnsOf(layouts: readonly Layout[]): { readonly width: number; readonly middles: readonly number[] } {
  let x = 0;
  const middles = layouts.map(({ width }) => {
    const middle = x + width / 2;
    x += width + between;
    return middle;
  });
  return { width: x - between, middles };
}

/** Whether a way was gone, and to its end. */
const reach = ({ blocks }: PicturePart, reached: boolean) => ({ reached, left: reached && blocks.at(-1)?.card.state !== null });

/** The ways of a branch: side by side under their names, and together again. */
function branch(shown: PictureCard, ways: readonly PicturePart[]): Layout {
  // Of a way without steps nothing is recorded: it is the one that was gone where no other one was.
  const gone = ways.some(isReached);
  const head = card(shown, 'branch');
  const layouts = ways.map((way) => {
    const inner = sequence(way.blocks);
    const label = cut(way.title, Math.max(30, Math.floor(inner.width / 7)));
    const labelWidth = label.length * 6.4 + 22;
    return {
      ...inner,
      width: Math.max(inner.width, labelWidth, leastWay),
      label,
      labelWidth,
      ...reach(way, way.blocks.length === 0 ? !gone && shown.state !== null : isReached(way)),
      whole: way.title,
    };
  });
  const { width, middles } = columnsOf(layouts);
  const tallest = Math.max(...layouts.map((one) => one.height));
  const height = head.height + forkHeight + tallest + joinHeight;
  return {
    width: Math.max(width, head.width),
    height,
    draw: (middle, top) => {
      const left = middle - width / 2;
      const fork = top + head.height + 14;
      const begin = top + head.height + forkHeight;
      const join = top + height - joinHeight / 2;
      return [
        ...head.draw(middle, top),
        ...layouts.flatMap((way, index) => {
          const x = left + (middles[index] ?? 0);
          const empty = way.height === 0;
          return [
            ...line(`M${at(middle)} ${at(fork - 14)}V${at(fork)}H${at(x)}V${at(fork + 14)}`, way.reached),
            ...(empty ? [] : arrow(x, fork + 28, begin, way.reached)),
            ...line(`M${at(x)} ${at(empty ? fork + 28 : begin + way.height)}V${at(join)}H${at(middle)}V${at(top + height)}`, way.left),
            ...dim(way.reached, [
              `<g><title>${xml(cut(way.whole, 300))}</title><rect class="way" x="${at(x - way.labelWidth / 2)}" y="${at(fork + 7)}" width="${at(way.labelWidth)}" height="22" rx="11"/>`,
              `<text class="soft small" x="${at(x)}" y="${at(fork + 22)}" text-anchor="middle">${xml(way.label)}</text></g>`,
            ]),
            ...way.draw(x, begin),
          ];
        }),
      ];
    },
  };
}

/** A loop, or what catches failures: a frame, with its parts side by side. */
function box(shown: PictureCard, parts: readonly PicturePart[]): Layout {
  const named = parts.some(({ title }) => title !== '');
  const header = (shown.condition === null ? 50 : 67) + (named ? 22 : 4);
  const layouts = parts.map((part) => ({ ...part, ...widened(sequence(part.blocks)) }));
  const { width: inner, middles } = columnsOf(layouts);
  const tallest = Math.max(...layouts.map((one) => one.height));
  const width = Math.max(inner, cardWidth) + 2 * pad;
  const height = header + tallest + pad;
  return {
    width,
    height,
    draw: (middle, top) => {
      const x = middle - width / 2;
      const left = middle - inner / 2;
      return [
        ...dim(shown.state !== null, [
          `<g><title>${titleOf(shown)}</title><rect class="frame" x="${at(x)}" y="${at(top)}" width="${at(width)}" height="${at(height)}" rx="12" stroke-dasharray="5 4"/>`,
          ...texts(shown, x + 18, top, width - 36),
          '</g>',
        ]),
        ...layouts.flatMap((part, index) => {
          const at_ = left + (middles[index] ?? 0);
          const reached = isReached(part);
          return [
            ...(part.title === ''
              ? []
              : dim(reached, [
                  `<text class="soft small" x="${at(at_)}" y="${at(top + header - 10)}" text-anchor="middle" font-weight="700">${xml(part.title)}</text>`,
                ])),
            ...part.draw(at_, top + header),
          ];
        }),
      ];
    },
  };
}

const widened = (layout: Layout): Layout => ({ ...layout, width: Math.max(layout.width, leastWay) });
