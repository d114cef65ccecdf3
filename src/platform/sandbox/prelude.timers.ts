/** Timers: a list here, one wake-up in the host. */
export const timers = String.raw`
const timers = new Map();
const remove = timers.delete.bind(timers), has = timers.has.bind(timers), put = timers.set.bind(timers);
const each = timers.forEach.bind(timers);
const now = Date.now;
let lastTimer = 0;
function add(handler, delay, args, every) {
  if (typeof handler !== 'function') throw new TypeError('The first argument of a timer is a function.');
  if (timers.size >= 1000) throw new RangeError('At most 1000 timers may wait at a time.');
  const ms = Math.max(every ? 1 : 0, Number(delay) || 0);
  put(++lastTimer, { handler, args, ms, at: now() + ms, every });
  return lastTimer;
}
hide('setTimeout', function setTimeout(handler, delay, ...args) { return add(handler, delay, args, false); });
hide('setInterval', function setInterval(handler, delay, ...args) { return add(handler, delay, args, true); });
hide('clearTimeout', function clearTimeout(id) { remove(id); });
hide('clearInterval', function clearInterval(id) { remove(id); });
hide('queueMicrotask', function queueMicrotask(handler) {
  if (typeof handler !== 'function') throw new TypeError('queueMicrotask takes a function.');
  microtask(() => { try { handler(); } catch (error) { fail(error); } });
});
/** Milliseconds until the next timer is due; -1 when none waits. */
function wait() {
  let next = -1;
  each((timer) => { if (next === -1 || timer.at < next) next = timer.at; });
  return next === -1 ? -1 : Math.max(0, next - now());
}
/** Fires the timer that has been due longest, one at a time so that microtasks run in between. */
function fire() {
  let due = 0, at = now();
  each((timer, id) => { if (timer.at < at || (timer.at === at && due === 0)) { due = id; at = timer.at; } });
  if (due === 0) return;
  let timer;
  each((value, id) => { if (id === due) timer = value; });
  if (timer.every) timer.at = now() + timer.ms; else remove(due);
  try { apply(timer.handler, undefined, timer.args); } catch (error) { fail(error); }
}
`;
