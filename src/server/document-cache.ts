import type { DocumentNode } from 'graphql';

/**
 * Parsed documents by their text, the least recently used dropped first. Bounded by the length of the texts, since a syntax
 * tree takes some hundred times the memory of its text and clients choose both the texts and how many there are.
 */
export function createDocumentCache(mostCharacters: number) {
  const documents = new Map<string, DocumentNode>();
  let characters = 0;
  return {
    get: (text: string): DocumentNode | undefined => {
      const document = documents.get(text);
      if (document !== undefined) {
        // A Map keeps the order of insertion: the first key is the one unused for longest.
        documents.delete(text);
        documents.set(text, document);
      }
      return document;
    },
    set: (text: string, document: DocumentNode): void => {
      if (documents.has(text)) return;
      documents.set(text, document);
      characters += text.length;
      for (const oldest of documents.keys()) {
        if (characters <= mostCharacters) break;
        documents.delete(oldest);
        characters -= oldest.length;
      }
    },
  };
}
