import { contextNames } from '#language/context';
import { type Fuel, spend } from '#language/fuel';
import { Fault } from '#language/language-error';
import { readString } from '#language/lexer';
import { isList, memberOf, type Value } from '#language/value';

/** Steps from a name of the context: `['data', 'properties', 'tags', '0']`. */
export type Path = readonly [string, ...string[]];

/** Longest path, in characters. */
const maxLength = 1_000;
/** What stands between dots, slashes and brackets. Anything else can be reached by `['…']`. */
const names = /[^\s./[\]{}()'"|=<>,]+/y;
const indices = /\s*(-?\d+)\s*\]/y;
const plain = /^[^\s./[\]{}()'"|=<>,]+$/;

/**
 * Reads a path in either dialect, `data.properties.tags['env']` or `properties/labels`: a dot and a slash are the same. One that begins
 * with no name of the context is about the record: `blueprintId` is `data.blueprintId`. Throws {@link Fault}.
 */
export function parsePath(text: string): Path {
  if (text.length > maxLength) throw new Fault('TOO_LARGE', `A path has at most ${String(maxLength)} characters.`, 0);
  const steps: string[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    const found = take(names);
    if (found === null) throw problem(text, at);
    steps.push(found[0]);
    at += found[0].length;
    while (text.charAt(at) === '[') at = bracket();
    if (at === text.length) break;
    if (!'./'.includes(text.charAt(at))) throw problem(text, at);
    at++;
  }
  const [first = '', ...rest] = steps;
  return contextNames.has(first) ? [first, ...rest] : ['data', first, ...rest];

  function bracket(): number {
    at++;
    const index = take(indices);
    if (index !== null) {
      steps.push(index[1] ?? '');
      return at + index[0].length;
    }
    while (text.charAt(at) === ' ') at++;
    if (!['"', "'"].includes(text.charAt(at))) throw problem(text, at);
    const { value, end } = readString(text, at);
    at = end;
    while (text.charAt(at) === ' ') at++;
    if (text.charAt(at) !== ']') throw problem(text, at);
    steps.push(value);
    return at + 1;
  }
}

function problem(text: string, at: number): Fault {
  const advice = /[{}()|=<>~+*]|\s/.test(text)
    ? ' What is more than a path is an expression: set “expression” to true and leave out {{ }}.'
    : '';
  const found = at < text.length ? `Found “${String.fromCodePoint(text.codePointAt(at) ?? 0)}”` : 'The path ends';
  return new Fault('SYNTAX', `${found} where a path goes on, such as data.properties.tags['env'] or properties/labels.${advice}`, at);
}

/** Writes a path so that reading it gives the same path: `parsePath(printPath(path))` is `path`. */
export function printPath([first, ...rest]: Path): string {
  return [first, ...rest.map((step) => (plain.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`))].join('');
}

/** What a path leads to; undefined where it leads nowhere. */
export function valueAt(path: Path, context: Value, fuel: Fuel): Value {
  spend(fuel, path.length, 0);
  let value = context;
  for (const step of path) value = memberOf(value, isList(value) && /^-?\d+$/.test(step) ? Number(step) : step);
  return value;
}
