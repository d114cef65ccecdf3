import { readFile } from 'node:fs/promises';
import { parse, stripIgnoredCharacters } from 'graphql';
import { ConfigError } from '#platform/config/config';
import { assertLength } from './documents.js';
import { refusal } from './errors.js';
import type { OperationRequest } from './operations.js';

/** Which documents clients may send. */
export interface PersistedDocuments {
  /** The text of the document that an operation is of. Throws DOCUMENT_NOT_PERSISTED for one that may not be sent. */
  textOf(request: Pick<OperationRequest, 'query' | 'documentId'>): string;
}

/** Any document, and none by an id. */
const anyDocument: PersistedDocuments = {
  textOf: ({ query, documentId }) => {
    if (documentId !== null) throw refusal('BAD_REQUEST', 'This server has no persisted documents: send the document as `query`.');
    return query;
  },
};

/**
 * The documents of a JSON file, and no others: by their ids, or written out, whatever stands between their words. Null: any document.
 * Written out, they are no longer than any other. Throws ConfigError for a file that cannot be read or holds what is no document.
 */
export async function loadPersistedDocuments(path: string | null, limits: Parameters<typeof assertLength>[1]): Promise<PersistedDocuments> {
  if (path === null) return anyDocument;
  const texts = new Map<string, string>();
  try {
    const listed: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof listed !== 'object' || listed === null || Array.isArray(listed)) throw new Error('it is no object');
    for (const [id, text] of Object.entries(listed)) {
      if (typeof text !== 'string') throw new Error(`${id} is no text`);
      parse(text);
      texts.set(bare(id), text);
    }
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new ConfigError([`PERSISTED_DOCUMENTS: ${path} is no JSON object of documents by their ids (${why})`]);
  }
  const known = new Map([...texts.values()].map((text) => [stripIgnoredCharacters(text), text]));
  return {
    textOf: ({ query, documentId }) => {
      if (documentId === null) assertLength(query, limits);
      const text = documentId === null ? known.get(stripped(query)) : texts.get(bare(documentId));
      if (text === undefined) throw refusal('DOCUMENT_NOT_PERSISTED', 'This server takes only documents that its operator has listed.');
      return text;
    },
  };
}

/** An id may say with what it was made: `sha256:7d…`. */
function bare(id: string): string {
  return id.replace(/^sha256:/, '');
}

/** What cannot be read is none of the documents. */
function stripped(text: string): string {
  try {
    return stripIgnoredCharacters(text);
  } catch {
    return '';
  }
}
