import { api } from './prelude.api.js';
import { chance } from './prelude.chance.js';
import { consoleLines } from './prelude.console.js';
import { fetches } from './prelude.fetch.js';
import { outcome } from './prelude.outcome.js';
import { timers } from './prelude.timers.js';
import { urls } from './prelude.url.js';

/**
 * The guest's side of the sandbox, evaluated once per instance, before its memory is imaged: the globals that user code finds,
 * and the functions through which the host starts a call and fires timers. It closes over everything that it needs, so that user
 * code that replaces `JSON` or `Map.prototype` spoils only its own run. Its parts are one scope: each uses what stands before it.
 *
 * `host` is: settle(kind, text, stack, commands), log(level, text), url(operation, first, second), uuid(),
 * fetch(method, url, headers, body, has). It takes primitive strings only and answers undefined when it fails itself.
 *
 * A call is: begin, for a handler open, then the user's module, then run or handle.
 */
export const prelude = `(function (host) {
'use strict';
const { parse, stringify } = JSON;
const EngineError = InternalError;
const slice = Function.prototype.call.bind(String.prototype.slice);
const microtask = queueMicrotask;
const apply = Reflect.apply;
const text = String;
const define = Object.defineProperty;
const global = globalThis;
const hide = (name, value) => define(global, name, { value, writable: true, configurable: true, enumerable: false });
for (const name of ['SharedArrayBuffer', 'Atomics']) delete global[name];
${outcome}${timers}${consoleLines}${urls}${fetches}${chance}${api}
async function run(module, input, context) {
  try {
    const handler = (await module).default;
    if (typeof handler !== 'function') return settle('SYNTAX', 'The code needs a default export that is a function: export default async (input, context) => output', '');
    finish(await handler(parse(input), parse(context)));
  } catch (error) { fail(error); }
}
return { begin, run, open, handle, wait, fire, answer };
})`;
