import type { IToken } from 'chevrotain';
import { calls, type Described, methods, moments, operators, places, units, values } from './catalogue.js';
import type { Draft } from './draft.js';
import { fieldsOf } from './infer.js';
import { memberShape, nameOfShape, recordOf, type Shape, shapeOfField } from './shape.js';
import { endsValue, isClosing, isOpening } from './spot.js';
import { isA } from './caret.js';
import { categories, literals, symbols, words } from './tokens.js';
import type { FieldType } from './world.js';

export const suggestionKinds = ['FIELD', 'EXPRESSION', 'FUNCTION', 'VALUE', 'KEYWORD', 'TYPE', 'ROOT', 'RULE'] as const;
export type SuggestionKind = (typeof suggestionKinds)[number];

/** What may stand at a place. */
export interface Suggestion {
  readonly label: string;
  readonly kind: SuggestionKind;
  /** Its type, or how it is written. */
  readonly detail: string;
  readonly documentation: string;
  /** What to write, where it is more than the label. */
  readonly insertText: string;
}

export const suggested = (
  label: string,
  kind: SuggestionKind,
  detail: string,
  documentation: string,
  insertText: string = label,
): Suggestion => ({ label, kind, detail, documentation, insertText });

export const fromCatalogue = (from: ReadonlyMap<string, Described>, kind: SuggestionKind): readonly Suggestion[] =>
  [...from].map(([label, { signature, documentation }]) => suggested(label, kind, signature, documentation));

export function ofField(name: string, field: FieldType, suffix = ''): Suggestion {
  const notes = [field.description ?? '', field.readOnly === true ? 'It cannot be written.' : '', suffix].filter((note) => note !== '');
  return suggested(name, 'FIELD', nameOfShape(shapeOfField(field)), notes.join(' '));
}

/** What an expression may go on with, behind some of its words and signs. */
export function inExpression(tokens: readonly IToken[], draft: Draft): readonly Suggestion[] {
  const members = membersAt(tokens, draft);
  const last = tokens.length - 1;
  if (tokens[last]?.tokenType === symbols.Dot) return behindDot(tokens.slice(0, last), draft, members);
  if (endsValue(tokens, last)) return fromCatalogue(operators, 'KEYWORD');
  const [bracket, before] = [tokens[last], tokens[last - 1]];
  if (bracket?.tokenType === symbols.OpenBracket && endsValue(tokens, last - 1)) return fromCatalogue(places, 'KEYWORD');
  const isCall = bracket?.tokenType === symbols.OpenParen && before !== undefined && calls.has(before.image);
  if (isCall && tokens[last - 2]?.tokenType !== symbols.Dot) return typesOf(draft);
  return [...comparedValues(tokens, draft, members), ...namesAt(draft, members)];
}

const typesOf = ({ surroundings }: Draft): readonly Suggestion[] =>
  [...surroundings.names.types.types.keys()].map((name) => suggested(name, 'TYPE', 'type of records', ''));

export const ofValues = (list: readonly string[], of: string): readonly Suggestion[] =>
  list.map((value) => suggested(value, 'VALUE', of === '' ? 'value' : `value of ${of}`, ''));

function namesAt({ surroundings }: Draft, members: readonly Shape[]): readonly Suggestion[] {
  const { names, known, all } = surroundings;
  const fields = (type: string) => fieldsOf(type, surroundings) ?? new Map<string, FieldType>();
  return [
    ...members.flatMap((member) => (member?.type === 'record' ? [...fields(member.of)].map(([name, field]) => ofField(name, field)) : [])),
    ...[...all].map((name) => suggested(name, 'EXPRESSION', nameOfShape(known.get(name) ?? null), 'An expression of this rule.')),
    ...[...fields(names.types.record)].map(([name, field]) => ofField(name, field)),
    ...[...fields(names.types.record)].map(([name, field]) => ofField(`${name}_was`, field, 'What it was before the change.')),
    ...[...names.types.roots].map(([name, field]) => suggested(name, 'ROOT', nameOfShape(shapeOfField(field)), field.description ?? '')),
    ...fromCatalogue(moments, 'ROOT').map((moment) => ({ ...moment, detail: 'time' })),
    ...[...calls].map(([name, { signature, documentation }]) => suggested(name, 'FUNCTION', signature, documentation, `${name}(`)),
    ...fromCatalogue(values, 'KEYWORD'),
  ];
}

/** Fields and functions of what stands before the dot. */
function behindDot(tokens: readonly IToken[], draft: Draft, members: readonly Shape[]): readonly Suggestion[] {
  const path = pathBefore(tokens, tokens.length);
  const [first, dot, unit, ...rest] = path;
  if (first?.tokenType === literals.NumberLiteral && dot === undefined) return fromCatalogue(units, 'KEYWORD');
  const isDuration = first?.tokenType === literals.NumberLiteral && unit !== undefined && rest.length === 0;
  const shape: Shape = isDuration ? { type: 'duration' } : draft.read(path, members);
  const element = shape?.type === 'list' ? shape.of : shape;
  const of = recordOf(element) === null ? undefined : fieldsOf(recordOf(element) ?? '', draft.surroundings);
  const own = [...(of ?? [])].map(([name, field]) => ofField(name, field, shape?.type === 'list' ? 'Of each member.' : ''));
  return [...own, ...methodsOf(shape)];
}

function methodsOf(shape: Shape): readonly Suggestion[] {
  const kinds: readonly string[] =
    shape === null || shape.type === 'object'
      ? ['text', 'list', 'all']
      : shape.type === 'choice'
        ? ['text', 'all']
        : shape.type === 'record'
          ? [shape.of]
          : [shape.type, ...(shape.type === 'duration' ? [] : ['all'])];
  return [...methods]
    .filter(([, { of }]) => of.some((kind) => kinds.includes(kind)))
    .map(([name, { signature, documentation }]) =>
      suggested(name, 'FUNCTION', signature, documentation, signature.includes('(') ? `${name}(` : name),
    );
}

/** The values of what a comparison has on its left: `status = `, `status in [`. */
function comparedValues(tokens: readonly IToken[], draft: Draft, members: readonly Shape[]): readonly Suggestion[] {
  let end = tokens.length - 1;
  const token = tokens[end];
  if (token?.tokenType === symbols.OpenBracket || token?.tokenType === symbols.Comma) {
    end = openerBefore(tokens, tokens.length) - 1;
    const operator = tokens[end]?.tokenType;
    if (operator !== words.In && operator !== words.NotIn) return [];
  } else if (!isA(token, categories.CompareOperator)) return [];
  const path = pathBefore(tokens, end);
  const shape = path.length === 0 ? null : draft.read(path, members);
  return shape?.type === 'choice' ? ofValues(shape.values, path.map(({ image }) => image).join('')) : [];
}

/** Whose fields can be named inside of `select` and its like, the innermost first. */
function membersAt(tokens: readonly IToken[], draft: Draft): readonly Shape[] {
  const open: number[] = [];
  for (const [i, token] of tokens.entries()) {
    if (isOpening(token)) open.push(i);
    else if (isClosing(token)) open.pop();
  }
  let members: readonly Shape[] = [];
  for (const i of open) {
    const [dot, name] = [tokens[i - 2], tokens[i - 1]];
    if (tokens[i]?.tokenType !== symbols.OpenParen || dot?.tokenType !== symbols.Dot) continue;
    if (name === undefined || !['select', 'reject', 'map'].includes(name.image)) continue;
    members = [memberShape(draft.read(pathBefore(tokens, i - 2), members)), ...members];
  }
  return members;
}

/** Where the bracket is that is still open. */
function openerBefore(tokens: readonly IToken[], end: number): number {
  let depth = 0;
  for (let i = end - 1; i >= 0; i--) {
    const token = tokens[i];
    if (token === undefined) continue;
    if (isClosing(token)) depth++;
    else if (isOpening(token) && --depth < 0) return i;
  }
  return -1;
}

/** A name and all that hangs on it, or what stands in brackets, that ends here: `workflow.tasks[first]`. */
export function pathBefore(tokens: readonly IToken[], end: number): readonly IToken[] {
  let start = end;
  while (start > 0) {
    const token = tokens[start - 1];
    if (token === undefined) break;
    if (isClosing(token)) {
      const open = openerBefore(tokens, start - 1);
      if (open < 0) return [];
      start = open;
      if (endsValue(tokens, open - 1) && tokens[open]?.tokenType === symbols.OpenBracket) continue;
      if (tokens[open]?.tokenType === symbols.OpenParen && isA(tokens[open - 1], categories.Word)) continue;
    } else if (endsValue(tokens, start - 1)) start--;
    else break;
    if (tokens[start - 1]?.tokenType !== symbols.Dot) return tokens.slice(start, end);
    start--;
  }
  return tokens.slice(start, end);
}
