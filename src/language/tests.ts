import { isList, isObject, type Value } from './value.js';

/** Every test, by name: `value is name`, `value is not name`. */
export const tests: ReadonlyMap<string, (value: Value) => boolean> = new Map<string, (value: Value) => boolean>([
  ['none', (value) => value === null || value === undefined],
  ['None', (value) => value === null || value === undefined],
  ['null', (value) => value === null || value === undefined],
  ['defined', (value) => value !== undefined],
  ['undefined', (value) => value === undefined],
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => typeof value === 'number'],
  ['boolean', (value) => typeof value === 'boolean'],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['list', isList],
  ['sequence', isList],
  ['mapping', isObject],
  ['even', (value) => typeof value === 'number' && value % 2 === 0],
  ['odd', (value) => typeof value === 'number' && Math.abs(value % 2) === 1],
]);
