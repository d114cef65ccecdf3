import { GraphQLError, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { formatDuration } from '#domain/duration';
import { isStorableMoment } from '#platform/json';
import { builder, type JsonObject } from './builder.js';

function refuse(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

function text(scalar: string) {
  return (value: unknown): string => {
    if (typeof value !== 'string') throw refuse(`${scalar} takes a string.`);
    return value;
  };
}

const dateTime = /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** JavaScript takes February 30 for March 2, and so would move what somebody has written. */
function isMoment(text: string): boolean {
  const [, year, month, day] = (dateTime.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

builder.scalarType('DateTime', {
  description: 'A moment, written as in RFC 3339: `2026-11-21T09:30:00.000Z`. Answers are in UTC with milliseconds.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const moment = typeof value === 'string' && isMoment(value) ? new Date(value) : null;
    if (moment === null || !isStorableMoment(moment))
      throw refuse('DateTime takes an RFC 3339 text such as 2026-11-21T09:30:00Z, of the years 0001 to 9999.');
    return moment;
  },
});

builder.scalarType('JSON', {
  description: 'Any JSON value: data of a user, which the graph does not look into.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

function object(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('JSONObject takes a JSON object.');
  return value as JsonObject;
}

builder.scalarType('JSONObject', {
  description: 'A JSON object: data of a user, which the graph does not look into.',
  serialize: (value) => value,
  parseValue: object,
  parseLiteral: (node: ValueNode, variables) => {
    if (node.kind !== Kind.OBJECT) throw refuse('JSONObject takes a JSON object.');
    return object(valueFromASTUntyped(node, variables));
  },
});

builder.scalarType('Duration', {
  description: 'A length of time as in ISO 8601, of weeks, days, hours, minutes and seconds: `PT1M30.5S`.',
  serialize: formatDuration,
  parseValue: text('Duration'),
});

builder.scalarType('TimeZone', {
  description: 'The IANA name of a time zone: `Europe/Zurich`.',
  serialize: (value) => value,
  parseValue: text('TimeZone'),
});

builder.scalarType('Cron', {
  description: 'A cron expression of five fields, or of six with the seconds first: `0 9 * * MON`. `docs/schedules.md` has the dialect.',
  serialize: (value) => value,
  parseValue: text('Cron'),
});

builder.scalarType('Cursor', {
  description: 'A place in a list or in the live feed. Opaque: give back what was answered.',
  serialize: (value) => value,
  parseValue: text('Cursor'),
});
