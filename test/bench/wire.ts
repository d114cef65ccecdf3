import { Agent, request } from 'node:http';

/** A client that costs as little as Node allows, so that what is measured is the server. */
export interface Wire {
  /** Sends a body of JSON; answers the text of the response. Rejects for every status but 200. */
  post(token: string, body: string): Promise<string>;
  close(): void;
}

export function openWire(url: string, connections: number): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const { hostname, port, pathname } = new URL(url);
  const target = { agent, hostname, port, path: pathname, method: 'POST' };
  return {
    post: (token, body) =>
      new Promise((resolve, reject) => {
        const headers = {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          accept: 'application/graphql-response+json',
          authorization: `Bearer ${token}`,
        };
        const sent = request({ ...target, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode === 200) resolve(text);
            else reject(new Error(`The API answered ${String(response.statusCode)}: ${text.slice(0, 500)}`));
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** The text of a GraphQL request. */
export function operation(query: string, variables: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ query, variables });
}
