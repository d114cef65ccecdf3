const settable = ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const;
type Settable = (typeof settable)[number];

const isSettable = (name: string): name is Settable => settable.some((known) => known === name);

/** What the guest's URL and URLSearchParams ask of the host's. Texts in, JSON text out; '' where the URL is not valid. */
export function urlOperation(operation: string, first: string, second: string): string {
  try {
    if (operation === 'pairs') return JSON.stringify([...new URLSearchParams(first)]);
    if (operation === 'query') return new URLSearchParams(JSON.parse(first) as [string, string][]).toString();
    if (operation === 'parse') return parts(second === '' ? new URL(first) : new URL(first, second));
    if (!isSettable(operation)) return '';
    const url = new URL(first);
    url[operation] = second;
    return parts(url);
  } catch {
    return '';
  }
}

function parts(url: URL): string {
  return JSON.stringify({ origin: url.origin, ...Object.fromEntries(settable.map((name) => [name, url[name]])) });
}
