/** What a test file must not leave behind; timers of one turn and files being read are no leaks. */
const watched = new Set(['TCPSocketWrap', 'TCPServerWrap', 'PipeWrap', 'ProcessWrap', 'UDPWrap', 'FSEventWrap', 'MessagePort', 'Timeout']);

export type Handles = ReadonlyMap<string, number>;

/** Open handles that keep this process alive, counted by kind. */
export function openHandles(): Handles {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) if (watched.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What is open now and was not before, such as `2 TCPSocketWrap`. */
export function leaked(before: Handles, after: Handles): string[] {
  return [...after].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}
