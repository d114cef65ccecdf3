import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { examples } from '#server/examples/examples';

/** GraphiQL at GET /graphql for browsers: everything comes from this server, nothing from the Internet. */
export interface GraphiQL {
  /** False: the request is for something else. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

interface Asset {
  readonly type: string;
  readonly text: () => Promise<string>;
}

interface Packed {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

// 9 MB of JavaScript, loaded when a browser first asks for it.
const bundle = () => import('@graphql-yoga/render-graphiql/graphiql');

const folder = '/graphql/assets';
const script = 'text/javascript; charset=utf-8';

const assets: Readonly<Record<string, Asset>> = {
  'app.js': { type: script, text: async () => (await bundle()).js },
  'app.css': { type: 'text/css; charset=utf-8', text: async () => (await bundle()).css },
  'editor.worker.js': { type: script, text: async () => (await bundle()).editorWorkerService },
  'json.worker.js': { type: script, text: async () => (await bundle()).jsonWorker },
  'graphql.worker.js': { type: script, text: async () => (await bundle()).graphqlWorker },
  'start.js': { type: script, text: () => Promise.resolve(startScript()) },
};

// A tab that is pressed for the first time is moved far to the right, away from under the pointer: the click would be lost.
const style = 'body { margin: 0 } #root { height: 100vh } .graphiql-tab { transform: none !important }';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Millrace</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${folder}/app.css" />
    <style>${style}</style>
  </head>
  <body class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="${folder}/app.js"></script>
    <script src="${folder}/start.js"></script>
  </body>
</html>
`;

/** Only our own scripts run. The editor writes style elements and icons as it goes. */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'content-type': 'text/html; charset=utf-8',
};

export function createGraphiQL(): GraphiQL {
  const packed = new Map<string, Promise<Packed>>();
  return {
    answer: async (path, request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false;
      if (path === '/graphql' && request.headers.accept?.includes('text/html') === true) {
        response.writeHead(200, pageHeaders).end(page);
        return true;
      }
      const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
      const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
      if (asset === undefined) return false;
      const packing = packed.get(name) ?? pack(asset);
      packed.set(name, packing);
      sendAsset(request, response, asset.type, await packing);
      return true;
    },
  };
}

const gzipped = promisify(gzip);

async function pack({ text }: Asset): Promise<Packed> {
  const plain = Buffer.from(await text());
  return { plain, gzipped: await gzipped(plain), etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"` };
}

function sendAsset(request: IncomingMessage, response: ServerResponse, type: string, asset: Packed): void {
  const headers = { 'cache-control': 'no-cache', 'content-type': type, etag: asset.etag, vary: 'Accept-Encoding' };
  if (request.headers['if-none-match'] === asset.etag) response.writeHead(304, headers).end();
  else if (/\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? ''))
    response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(asset.gzipped);
  else response.writeHead(200, headers).end(asset.plain);
}

/** Runs in the browser. `/graphql#token=...` puts the token into the headers of every tab and takes it out of the address. */
function startScript(): string {
  return `(() => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  const headers = token === null ? undefined : JSON.stringify({ authorization: 'Bearer ' + token }, null, 2);
  if (token !== null) {
    history.replaceState(null, '', location.pathname + location.search);
    try {
      const kept = JSON.parse(localStorage.getItem('graphiql:tabState'));
      for (const tab of kept.tabs) tab.headers = headers;
      localStorage.setItem('graphiql:tabState', JSON.stringify(kept));
    } catch {
      // A first visit: nothing is kept yet.
    }
  }
  self.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_module, label) => '${folder}/' + (label === 'json' || label === 'graphql' ? label : 'editor') + '.worker.js',
  };
  const tabs = ${JSON.stringify(examples).replaceAll('<', '\\u003c')};
  YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
    title: 'Millrace',
    logo: '',
    endpoint: '/graphql',
    // Events come over HTTP, so that the headers of the tab count for subscriptions too.
    subscriptionsProtocol: 'SSE',
    method: 'POST',
    headers,
    defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
  });
})();
`;
}
