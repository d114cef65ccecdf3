/** The ways an answer can be sent. */
export interface Accepted {
  /** The media type for a single result; null: the client takes none. */
  readonly single: 'application/json' | 'application/graphql-response+json' | null;
  readonly eventStream: boolean;
}

const graphqlJson = 'application/graphql-response+json';

/** What an Accept header takes, for https://graphql.github.io/graphql-over-http/draft/ and for Server-Sent Events. */
export function readAccept(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === '' || header === '*/*') return { single: 'application/json', eventStream: false };
  const taken = new Set<string>();
  for (const part of header.toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) taken.add(type);
  }
  const json = taken.has('application/json') || taken.has('application/*') || taken.has('*/*');
  return {
    single: taken.has(graphqlJson) ? graphqlJson : json ? 'application/json' : null,
    // Only where it is named: a client that takes anything does not expect a stream.
    eventStream: taken.has('text/event-stream'),
  };
}
