import type { FieldType } from './world.js';

/** What can be known of a value before there are records: null where nothing is. */
export type Shape =
  | null
  | { readonly type: 'text' | 'number' | 'boolean' | 'time' | 'duration' | 'object' }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'record'; readonly of: string }
  | { readonly type: 'list'; readonly of: Shape };

export const text: Shape = { type: 'text' };
export const number: Shape = { type: 'number' };
export const boolean: Shape = { type: 'boolean' };
export const time: Shape = { type: 'time' };
export const duration: Shape = { type: 'duration' };

/** The type of records that a shape is about, also as a collection. */
export function recordOf(shape: Shape): string | null {
  if (shape?.type === 'list') return recordOf(shape.of);
  return shape?.type === 'record' ? shape.of : null;
}

const isSame = (a: Shape, b: Shape): boolean =>
  a?.type === b?.type && (a?.type !== 'record' || a.of === (b as typeof a).of) && (a?.type !== 'list' || isSame(a.of, (b as typeof a).of));

/** What all of them are; null where they differ. */
export function common([first = null, ...rest]: readonly Shape[]): Shape {
  return rest.every((shape) => isSame(first, shape)) ? first : null;
}

export function shapeOfField(field: FieldType): Shape {
  switch (field.type) {
    case 'one':
      return { type: 'record', of: field.of };
    case 'many':
      return { type: 'list', of: { type: 'record', of: field.of } };
    case 'any':
      return null;
    case 'choice':
      return { type: 'choice', values: field.values };
    default:
      return { type: field.type };
  }
}

/** What a function is asked about that looks at each member. */
export const memberShape = (shape: Shape): Shape => (shape?.type === 'list' ? shape.of : null);

/** As a reader is told. */
export function nameOfShape(shape: Shape): string {
  if (shape === null) return 'any';
  switch (shape.type) {
    case 'record':
      return shape.of;
    case 'list':
      return `list of ${nameOfShape(shape.of)}`;
    case 'choice':
      return `one of ${shape.values.slice(0, 8).join(', ')}${shape.values.length > 8 ? ', …' : ''}`;
    default:
      return shape.type;
  }
}
