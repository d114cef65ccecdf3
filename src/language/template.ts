import { checkExpression } from './check.js';
import { evaluate } from './evaluate.js';
import { defaultFuel, type Fuel, maxText, spend } from './fuel.js';
import { Fault, LanguageError, placeOf } from './language-error.js';
import { lex } from './lexer.js';
import { measure, textOf } from './operations.js';
import { parseTokens } from './parser.js';
import type { Node } from './syntax.js';
import { isList, isObject, type JsonValue, type ObjectValue, type Value } from './value.js';

export { LanguageError } from './language-error.js';

/** JSON whose strings were read; `render` fills their slots. */
export type CompiledTemplate =
  /** Holds no slot, at any depth. */
  | { readonly type: 'constant'; readonly value: JsonValue; readonly size: number }
  /** A string that is one single slot: it yields the slot's own value. */
  | { readonly type: 'slot'; readonly node: Node; readonly source: Source }
  /** Text with slots in it: it yields text. */
  | { readonly type: 'text'; readonly parts: readonly (string | Node)[]; readonly source: Source }
  | { readonly type: 'list'; readonly items: readonly CompiledTemplate[] }
  | { readonly type: 'object'; readonly entries: readonly (readonly [string, CompiledTemplate])[] };

interface Source {
  readonly text: string;
  readonly path: readonly string[];
}

export interface RenderLimits {
  /** What a render may cost; the default is about 0.1 s. */
  readonly fuel?: number;
  /** Largest result, in characters of JSON. */
  readonly size?: number;
}

/** Deepest nesting of a template's JSON. */
const maxDepth = 64;
/** Longest string of a template, in characters. */
const maxSource = 65_536;
const defaultSize = 1_000_000;

/** Reads and checks the slots of every string in some JSON; keys are taken as they are. Throws {@link LanguageError}. */
export function compileTemplate(json: JsonValue): CompiledTemplate {
  return compile(json, []);
}

function compile(json: JsonValue, path: readonly string[]): CompiledTemplate {
  if (path.length > maxDepth)
    throw new LanguageError('TOO_DEEP', `A template is nested at most ${String(maxDepth)} levels deep.`, { line: 1, column: 1 }, path);
  if (typeof json === 'string') return compileString({ text: json, path });
  if (Array.isArray(json)) {
    const items = (json as readonly JsonValue[]).map((item, i) => compile(item, [...path, String(i)]));
    return items.every(isConstant) ? constant(json) : { type: 'list', items };
  }
  if (typeof json === 'object' && json !== null) {
    const entries = Object.entries(json).map(([key, value]) => [key, compile(value, [...path, key])] as const);
    return entries.every(([, value]) => isConstant(value)) ? constant(json) : { type: 'object', entries };
  }
  return constant(json);
}

const isConstant = (template: CompiledTemplate) => template.type === 'constant';

function constant(value: JsonValue): CompiledTemplate {
  return { type: 'constant', value, size: measure(value, { left: Infinity }, 0) };
}

function compileString(source: Source): CompiledTemplate {
  const { text } = source;
  if (!/\{[{%]/.test(text)) return constant(text);
  return located(source, () => {
    if (text.length > maxSource) throw new Fault('TOO_LARGE', `A text with slots has at most ${String(maxSource)} characters.`, 0);
    const parts: (string | Node)[] = [];
    let literal = '';
    let at = 0;
    for (;;) {
      const open = text.indexOf('{', at);
      if (open === -1) break;
      literal += text.slice(at, open);
      if (text.startsWith('{%', open))
        throw new Fault('SYNTAX', "Statements {% … %} are not part of the language; a literal brace is written {{ '{%' }}.", open);
      if (!text.startsWith('{{', open)) {
        literal += '{';
        at = open + 1;
        continue;
      }
      // `{{-` and `-}}` take the white space beside them away, as in Jinja.
      const trimsBefore = text.startsWith('-', open + 2);
      const lexed = lex(text, open + (trimsBefore ? 3 : 2), 'slot');
      const last = lexed.tokens.at(-2);
      const trimsAfter = last?.type === 'symbol' && last.text === '-' && last.at === lexed.end - 3;
      const node = parseTokens(trimsAfter ? { ...lexed, tokens: [...lexed.tokens.slice(0, -2), { type: 'end', at: last.at }] } : lexed);
      checkExpression(node);
      if (trimsBefore) literal = literal.trimEnd();
      if (literal !== '') parts.push(literal);
      parts.push(node);
      literal = '';
      at = lexed.end;
      if (trimsAfter) at += spacesAt(text, at);
    }
    literal += text.slice(at);
    if (literal !== '') parts.push(literal);
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && typeof only !== 'string') return { type: 'slot', node: only, source };
    return parts.length === 0 || (parts.length === 1 && typeof only === 'string') ? constant(literal) : { type: 'text', parts, source };
  });
}

/** Fills every slot from a context of JSON. Throws {@link LanguageError}. */
export function render(template: CompiledTemplate, context: ObjectValue, limits: RenderLimits = {}): JsonValue {
  const fuel: Fuel = { left: limits.fuel ?? defaultFuel };
  let sizeLeft = limits.size ?? defaultSize;
  return fill(template);

  function fill(part: CompiledTemplate): JsonValue {
    switch (part.type) {
      case 'constant':
        grow(part.size);
        return part.value;
      case 'list':
        return part.items.map(fill);
      case 'object':
        return Object.fromEntries(
          part.entries.map(([key, value]) => {
            grow(key.length + 4);
            return [key, fill(value)];
          }),
        );
      case 'slot':
        return located(part.source, () => {
          const value = evaluate(valueNode(part.node), context, fuel);
          grow(measure(value, fuel, part.node.at));
          return jsonOf(value);
        });
      case 'text':
        return located(part.source, () => {
          let text = '';
          for (const piece of part.parts) {
            text += typeof piece === 'string' ? piece : textOf(evaluate(piece, context, fuel), fuel, piece.at);
            if (text.length > maxText) throw new Fault('TOO_LARGE', `The text is longer than ${String(maxText)} characters.`, 0);
          }
          spend(fuel, 1 + (text.length >> 6), 0);
          grow(text.length + 2);
          return text;
        });
    }
  }

  function grow(size: number): void {
    sizeLeft -= size;
    if (sizeLeft < 0)
      throw new LanguageError('TOO_LARGE', `The result is larger than ${String(limits.size ?? defaultSize)} characters of JSON.`, {
        line: 1,
        column: 1,
      });
  }
}

/**
 * Fills a text template into one text. `encode` gets each filled slot with the text before it, so that what a slot yields stays within
 * its place in a URL or a header. Throws {@link LanguageError}.
 */
export function renderText(template: CompiledTemplate, context: ObjectValue, encode: (value: string, before: string) => string): string {
  if (template.type === 'constant') return typeof template.value === 'string' ? template.value : JSON.stringify(template.value);
  if (template.type !== 'slot' && template.type !== 'text') return JSON.stringify(render(template, context));
  const fuel: Fuel = { left: defaultFuel };
  const parts = template.type === 'slot' ? [template.node] : template.parts;
  return located(template.source, () => {
    let text = '';
    for (const piece of parts) {
      text += typeof piece === 'string' ? piece : encode(textOf(evaluate(piece, context, fuel), fuel, piece.at), text);
      if (text.length > maxText) throw new Fault('TOO_LARGE', `The text is longer than ${String(maxText)} characters.`, 0);
    }
    spend(fuel, 1 + (text.length >> 6), 0);
    return text;
  });
}

/** `{{ value | tojson }}` alone in its string is the value itself: receivers expect a structure there, not its text. */
function valueNode(node: Node): Node {
  return node.type === 'filter' && node.name === 'tojson' ? node.input : node;
}

/** JSON has no undefined: what is not there is null. */
function jsonOf(value: Value): JsonValue {
  if (value === undefined) return null;
  if (isList(value)) return value.some(holdsUndefined) ? value.map(jsonOf) : (value as readonly JsonValue[]);
  if (isObject(value))
    return holdsUndefined(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item)]))
      : (value as { readonly [key: string]: JsonValue });
  return value;
}

function holdsUndefined(value: Value): boolean {
  if (value === undefined) return true;
  if (isList(value)) return value.some(holdsUndefined);
  return isObject(value) && Object.values(value).some(holdsUndefined);
}

function located<T>({ text, path }: Source, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Fault) throw new LanguageError(error.code, error.message, placeOf(text, error.at), path);
    throw error;
  }
}

function spacesAt(text: string, at: number): number {
  const spaces = /\s*/y;
  spaces.lastIndex = at;
  return spaces.exec(text)?.[0].length ?? 0;
}
