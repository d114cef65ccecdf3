import { v7 } from 'uuid';

/** A new row's id: a UUID version 7 (RFC 9562), so that ids sort by the time they were made. */
export function newId(): string {
  return v7();
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether it is an id as rows have it. */
export const isUuid = (text: string): boolean => uuid.test(text);

/** The smallest UUID version 7 of a moment (RFC 9562, 5.7): ids made before it sort before it. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
