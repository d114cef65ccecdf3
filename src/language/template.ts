import { evaluate, type Scope } from './evaluate.js';
import { fuelOf, maxText, spend } from './fuel.js';
import type { FunctionName, HostFunctions } from './functions.js';
import { Fault, LanguageError, located, type Source } from './language-error.js';
import { jsonOf, measure, textOf } from './operations.js';
import { mayHoldSlots, readSlots } from './slots.js';
import type { Node } from './syntax.js';
import type { JsonValue, ObjectValue } from './value.js';

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

export interface RenderOptions {
  /** What a render may cost; the default is about 0.1 s. */
  readonly fuel?: number;
  /** Largest result, in characters of JSON. */
  readonly size?: number;
  /** What the functions do that it may call. */
  readonly functions?: HostFunctions;
}

export interface CompileOptions {
  /** Where the template stands in some larger JSON: places of errors begin with it. */
  readonly path?: readonly string[];
  /** The functions that it may call; the default is none. Who renders it gives them. */
  readonly functions?: readonly FunctionName[];
}

/** Deepest nesting of a template's JSON. */
const maxDepth = 64;
/** Longest string of a template, in characters. */
const maxSource = 65_536;
/** Most strings with slots, and most characters of all of them together. */
const maxTexts = 10_000;
const maxRead = 262_144;
const defaultSize = 1_000_000;

/** Reads and checks the slots of every string in some JSON; keys are taken as they are. Throws {@link LanguageError}. */
export function compileTemplate(json: JsonValue, { path = [], functions = [] }: CompileOptions = {}): CompiledTemplate {
  return compile(json, path, { functions, deepest: path.length + maxDepth, read: 0, texts: 0 });
}

interface Compilation {
  readonly functions: readonly FunctionName[];
  readonly deepest: number;
  /** Characters of texts with slots, so far. */
  read: number;
  texts: number;
}

function compile(json: JsonValue, path: readonly string[], compilation: Compilation): CompiledTemplate {
  if (path.length > compilation.deepest)
    throw new LanguageError('TOO_DEEP', `A template is nested at most ${String(maxDepth)} levels deep.`, { line: 1, column: 1 }, path);
  if (typeof json === 'string') return compileString({ text: json, path }, compilation);
  if (Array.isArray(json)) {
    const items = (json as readonly JsonValue[]).map((item, i) => compile(item, [...path, String(i)], compilation));
    return items.every(isConstant) ? constant(json) : { type: 'list', items };
  }
  if (typeof json === 'object' && json !== null) {
    const entries = Object.entries(json).map(([key, value]) => [key, compile(value, [...path, key], compilation)] as const);
    return entries.every(([, value]) => isConstant(value)) ? constant(json) : { type: 'object', entries };
  }
  return constant(json);
}

const isConstant = (template: CompiledTemplate) => template.type === 'constant';

function constant(value: JsonValue): CompiledTemplate {
  return { type: 'constant', value, size: measure(value, fuelOf(Infinity), 0) };
}

function compileString(source: Source, compilation: Compilation): CompiledTemplate {
  const { text } = source;
  if (!mayHoldSlots(text)) return constant(text);
  return located(source, () => {
    if (text.length > maxSource) throw new Fault('TOO_LARGE', `A text with slots has at most ${String(maxSource)} characters.`, 0);
    compilation.read += text.length;
    compilation.texts++;
    if (compilation.read > maxRead || compilation.texts > maxTexts)
      throw new Fault(
        'TOO_LARGE',
        `A template has at most ${String(maxTexts)} texts with slots, of ${String(maxRead)} characters together.`,
        0,
      );
    const parts = readSlots(text, compilation.functions);
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && typeof only !== 'string') return { type: 'slot', node: only, source };
    return parts.length === 0 || (parts.length === 1 && typeof only === 'string') ? constant(only ?? '') : { type: 'text', parts, source };
  });
}

/** Fills every slot from a context of JSON. Throws {@link LanguageError}. */
export function render(template: CompiledTemplate, context: ObjectValue, options: RenderOptions = {}): JsonValue {
  const scope = { context, fuel: fuelOf(options.fuel), functions: options.functions ?? {} };
  return located({ text: '', path: [] }, () => renderIn(template, scope, options.size));
}

/** The same for one of several things that share their fuel. Throws a {@link Fault} where what is too large is no slot's. */
export function renderIn(template: CompiledTemplate, scope: Scope, size: number = defaultSize): JsonValue {
  const { fuel } = scope;
  let sizeLeft = size;
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
          const value = evaluate(valueNode(part.node), scope);
          grow(measure(value, fuel, part.node.at));
          return jsonOf(value, fuel, part.node.at);
        });
      case 'text':
        return located(part.source, () => {
          let text = '';
          for (const piece of part.parts) {
            text += typeof piece === 'string' ? piece : textOf(evaluate(piece, scope), fuel, piece.at);
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
    if (sizeLeft < 0) throw new Fault('TOO_LARGE', `The result is larger than ${String(size)} characters of JSON.`, 0);
  }
}

/**
 * Fills a text template into one text. `encode` gets each filled slot with the text before it, so that what a slot yields stays within
 * its place in a URL or a header. Throws {@link LanguageError}.
 */
export function renderText(template: CompiledTemplate, context: ObjectValue, encode: (value: string, before: string) => string): string {
  if (template.type === 'constant') return typeof template.value === 'string' ? template.value : JSON.stringify(template.value);
  if (template.type !== 'slot' && template.type !== 'text') return JSON.stringify(render(template, context));
  const fuel = fuelOf();
  const scope: Scope = { context, fuel, functions: {} };
  const parts = template.type === 'slot' ? [template.node] : template.parts;
  return located(template.source, () => {
    let text = '';
    for (const piece of parts) {
      text += typeof piece === 'string' ? piece : encode(textOf(evaluate(piece, scope), fuel, piece.at), text);
      if (text.length > maxText) throw new Fault('TOO_LARGE', `The text is longer than ${String(maxText)} characters.`, 0);
    }
    spend(fuel, 1 + (text.length >> 6), 0);
    return text;
  });
}

/** `{{ value | tojson }}` alone in its string is the value itself, in each branch of a conditional, too: receivers expect a structure there, not its text. */
function valueNode(node: Node): Node {
  if (node.type === 'filter' && node.name === 'tojson') return node.input;
  if (node.type !== 'conditional') return node;
  return { ...node, then: valueNode(node.then), otherwise: node.otherwise === null ? null : valueNode(node.otherwise) };
}
