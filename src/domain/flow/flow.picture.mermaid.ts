import { cut } from '#domain/svg';
import { type PictureBlock, type PictureCard, type PictureInput, pictureOf } from './flow.picture.js';

/** Where a line comes from. */
interface From {
  readonly id: string;
  readonly label?: string;
}

/** The flow as a diagram in the language of Mermaid. The same input makes the same text. */
export function flowMermaid(input: PictureInput): string {
  const { starts, blocks, end, status } = pictureOf(input);
  const lines: string[] = [];
  const classes: string[] = [];
  let number = 0;

  const node = (card: PictureCard, [open, close]: readonly [string, string]): string => {
    const id = `n${++number}`;
    const { condition, note, title, state } = card;
    const texts = [title, note, ...(condition === null ? [] : [`if ${condition}`]), ...(state == null ? [] : [state.sign])];
    lines.push(`${id}${open}"${texts.map(text).join('<br/>')}"${close}`);
    mark(id, card);
    return id;
  };
  const mark = (id: string, { state }: PictureCard): void => {
    if (state !== undefined) classes.push(`class ${id} ${state === null ? 'unreached' : state.tone}`);
  };
  const link = (from: readonly From[], to: string): void => {
    for (const { id, label } of from) lines.push(label === undefined ? `${id} --> ${to}` : `${id} -->|"${text(label)}"| ${to}`);
  };
  const sequence = (inner: readonly PictureBlock[], from: readonly From[]): readonly From[] =>
    inner.reduce((before: readonly From[], block) => one(block, before), from);

  const one = (block: PictureBlock, from: readonly From[]): readonly From[] => {
    if (block.type === 'step') {
      const id = node(block.card, ['[', ']']);
      link(from, id);
      return [{ id }];
    }
    if (block.type === 'branch') {
      const id = node(block.card, ['{{', '}}']);
      link(from, id);
      return block.ways.flatMap(({ title, blocks: within }) => sequence(within, [{ id, label: title }]));
    }
    const id = `n${++number}`;
    const { title, note, state } = block.card;
    lines.push(`subgraph ${id} ["${[title, note, ...(state == null ? [] : [state.sign])].map(text).join(' · ')}"]`, 'direction TB');
    for (const { title: name, blocks: within } of block.parts) {
      if (name !== '') lines.push(`subgraph n${++number} ["${text(name)}"]`, 'direction TB');
      // A box without anything in it is not drawn.
      if (within.length === 0) lines.push(`n${++number}[" "]`);
      sequence(within, []);
      if (name !== '') lines.push('end');
    }
    lines.push('end');
    mark(id, block.card);
    link(from, id);
    return [{ id }];
  };

  lines.push(`begin(["${starts.map(text).join('<br/>')}"])`);
  const last = sequence(blocks, [{ id: 'begin' }]);
  lines.push(`finish(["${text(end)}"])`);
  link(last, 'finish');
  return ['flowchart TD', ...[...lines, ...classes, ...(status === null ? [] : styles)].map((line) => `  ${line}`), ''].join('\n');
}

const styles = [
  'classDef good stroke:#059669,stroke-width:3px',
  'classDef bad stroke:#dc2626,stroke-width:3px',
  'classDef late stroke:#c2410c,stroke-width:3px',
  'classDef stopped stroke:#57534e,stroke-width:3px',
  'classDef running stroke:#2563eb,stroke-width:3px',
  'classDef waiting stroke:#d97706,stroke-width:3px',
  'classDef skipped stroke:#94a3b8,stroke-dasharray:4 3',
  'classDef unreached stroke:#94a3b8,stroke-dasharray:4 3,opacity:0.5',
];

const most = 80;
const plain = /[\p{L}\p{N} .,:=≠≥≤…·✓✕■▸↻–!/_-]/u;

/**
 * A text between quotes: whatever the language of the diagrams or HTML would read in it is named by its number. Without anything between them,
 * Mermaid would refuse the diagram.
 */
function text(given: string): string {
  let safe = '';
  for (const character of cut(given, most)) safe += plain.test(character) ? character : `#${character.codePointAt(0) ?? 32};`;
  return safe === '' ? ' ' : safe;
}
