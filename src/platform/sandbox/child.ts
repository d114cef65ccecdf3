import { createGuest } from './guest.js';
import type { ChildMessage, ConsoleLine, GuestLimits, ParentMessage } from './messages.js';

// The entry of a sandbox process. Its parent speaks to it over the IPC channel and kills it when it does not answer.
const limits = JSON.parse(process.argv[2] ?? '') as GuestLimits;
// The parent may be gone by now; the disconnect ends this process.
const send = (message: ChildMessage) => process.send?.(message, undefined, undefined, () => undefined);

// Ctrl-C reaches the whole process group; the parent decides when its sandboxes end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit());

const guest = await createGuest(limits);
process.on('message', (message: ParentMessage) => {
  if (message.type === 'cancel') {
    guest.cancel();
    return;
  }
  if (message.type === 'answer') {
    guest.answer(message);
    return;
  }
  const tell = { lines: (lines: readonly ConsoleLine[]) => send({ type: 'console', lines }), fetch: send };
  void guest.run(message, tell).then((outcome) => send({ type: 'done', ...outcome }));
});
send({ type: 'ready' });
