/** Deepest nesting of an output: deeper ones trouble whoever walks them. */
const maxDepth = 64;

/** Why what was parsed cannot be stored, or null. `text` is its JSON; it may be `deeper` than an output. */
export function outputProblem(what: string, output: unknown, text: string, deeper: number): string | null {
  const most = maxDepth + deeper;
  // Every level costs two characters, every escape six.
  if (text.length > most * 2 && depthOf(text) > most) return `The ${what} is nested deeper than ${String(most)} levels.`;
  if (/\\u(?:0000|d[89a-f])/.test(text) && holdsUnstorable(output)) return `The ${what} holds a NUL character or half of a surrogate pair.`;
  return null;
}

function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case 0x22: // a string: on to its closing quote
        for (i++; i < json.length && json.charCodeAt(i) !== 0x22; i++) if (json.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) deepest = depth;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      default:
    }
  }
  return deepest;
}

function holdsUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return /\0|\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => holdsUnstorable(key) || holdsUnstorable(item));
}
