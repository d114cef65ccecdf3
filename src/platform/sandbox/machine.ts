import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { EvalFlags, type JSValueHandle, QuickJS, type QuickJSOptions } from 'quickjs-wasi';
import { fetchLimits } from './messages.js';
import { prelude } from './prelude.js';
import { urlOperation } from './url.js';

/** What the guest asks of its host. */
export interface Host {
  /** The first one is the outcome. Too large an output does not get here: its kind is TOO_LARGE and its text empty. */
  settle(kind: string, text: string, stack: string): void;
  /** False when it keeps no further lines. */
  log(level: string, text: string): boolean;
  /** Makes a call and answers its number; -1: no more calls; -2: too many at once; -3: too large. */
  fetch(method: string, url: string, headers: string, body: string | null): number;
  /** Called every few thousand instructions; what it throws ends the call and spoils the machine. */
  tick(): void;
}

/** One WASM instance with its prelude. */
export interface Machine {
  /** Compiles the user's module and starts its handler. Throws what the engine throws. */
  start(code: string, file: string, input: string, context: string): void;
  /** Milliseconds until a timer is due; negative when none waits. */
  wait(): number;
  fire(): void;
  /** Settles a call that was made through `fetch`. */
  answer(id: number, head: string, body: string): void;
  memoryUsed(): number;
  /** Makes the memory what it was before any call; false when only a new machine would do. */
  reset(): boolean;
}

export interface Engine {
  readonly wasm: QuickJSOptions['wasm'];
  readonly extensions: NonNullable<QuickJSOptions['extensions']>;
}

export interface MachineLimits {
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

/**
 * Most characters that cross from the guest. Its prelude cuts a little below them; longer is only what a tampered guest sends, and
 * it is not even decoded.
 */
export const textLimits = { message: 2_100, stack: 4_100, line: 17_000, url: 100_000 } as const;

/** QuickJS's own stack: the binary has 1 MiB and wants half of it for its native frames. */
const stackBytes = 384 * 1024;
/** The memory is grown once before its image is taken, so that small calls never grow it and the instance can be reset. */
const headroomBytes = 1_000_000;

/** Reads and compiles the engine: once per process. */
export function loadEngine(): Engine {
  const { resolve } = createRequire(import.meta.url);
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => QuickJSOptions['wasm'] } };
  const load = (file: string) => new WebAssembly.Module(readFileSync(resolve(`quickjs-wasi/${file}`)));
  return {
    wasm: load('quickjs.wasm'),
    extensions: [
      { name: 'encoding', wasm: load('encoding.so') },
      { name: 'structured-clone', wasm: load('structured-clone.so') },
    ],
  };
}

/**
 * A machine starts from the image of its linear memory and returns to it between calls. The memory is the only thing in the
 * instance that guest code can change (a test reads this off the binary), so a reset instance is a new one, for a
 * hundredth of its price (docs/decisions/0006-sandbox-memory-image.md).
 */
export async function createMachine(engine: Engine, limits: MachineLimits, host: Host): Promise<Machine> {
  let memory: { readonly buffer: ArrayBuffer } | null = null;
  const vm = await QuickJS.create({
    ...engine,
    memoryLimit: limits.memoryBytes,
    maxStackSize: stackBytes,
    timezoneOffset: 0,
    interruptHandler: () => {
      host.tick();
      return false;
    },
    wasi: (given: { readonly buffer: ArrayBuffer }) => {
      memory = given;
      return {};
    },
  });
  // Cached by the library at first use, in memory that a reset would take back.
  const { undefined: nothing, true: yes, false: no } = vm;

  const functions = vm.newObject();
  const give = (name: string, answer: (...args: JSValueHandle[]) => JSValueHandle) => {
    vm.setProp(
      functions,
      name,
      vm.newFunction(name, (...args) => {
        try {
          return answer(...args);
        } catch {
          // The library would copy the error into the guest, with the host's stack.
          return nothing;
        }
      }),
    );
  };
  // A guest's object would be asked for its text by running guest code inside the host function. The length of a string is its own.
  const lengthOf = (handle: JSValueHandle) => handle.getProp('length').consume((length) => length.toNumber());
  const textOf = (handle: JSValueHandle, most: number) =>
    handle.isString && lengthOf(handle) <= most ? handle.toString() : 'The code broke what shows its texts.';
  const wordOf = (handle: JSValueHandle) => textOf(handle, 20);
  give('settle', (kind, text, stack) => {
    const isOutput = wordOf(kind) === 'OUTPUT';
    if (isOutput && text.isString && lengthOf(text) > limits.outputBytes) host.settle('TOO_LARGE', '', '');
    else host.settle(wordOf(kind), textOf(text, isOutput ? limits.outputBytes : textLimits.message), textOf(stack, textLimits.stack));
    return nothing;
  });
  give('log', (level, text) => (host.log(wordOf(level), textOf(text, textLimits.line)) ? yes : no));
  give('url', (operation, first, second) =>
    vm.newString(urlOperation(wordOf(operation), textOf(first, textLimits.url), textOf(second, textLimits.url))),
  );
  give('fetch', (method, url, headers, body, has) => {
    const parts = [method, url, headers, body] as const;
    const most = [fetchLimits.method, fetchLimits.url, fetchLimits.headers, fetchLimits.body] as const;
    if (!parts.every((part, index) => part.isString && lengthOf(part) <= (most[index] ?? 0))) return vm.newNumber(-3);
    const [name, place, fields, text] = parts.map((part) => part.toString()) as [string, string, string, string];
    return vm.newNumber(host.fetch(name, place, fields, wordOf(has) === 'yes' ? text : null));
  });
  give('uuid', () => vm.newString(randomUUID()));

  const guest = vm.callFunction(vm.evalCode(prelude, 'sandbox'), nothing, functions);
  const [start, wait, fire, answer] = [guest.getProp('start'), guest.getProp('wait'), guest.getProp('fire'), guest.getProp('answer')];
  vm.evalCode(`void new ArrayBuffer(${String(headroomBytes)})`).dispose();
  vm.runGC();
  const image = vm.snapshot().memory;

  return {
    start(code, file, input, context) {
      const module = vm.evalCode(code, file, EvalFlags.TYPE_MODULE);
      const seeds = [...crypto.getRandomValues(new Int32Array(3))];
      vm.callFunction(start, nothing, module, vm.newString(input), vm.newString(context), ...seeds.map((seed) => vm.newNumber(seed)));
      vm.executePendingJobs();
    },
    wait: () => vm.callFunction(wait, nothing).toNumber(),
    fire() {
      vm.callFunction(fire, nothing);
      vm.executePendingJobs();
    },
    answer(id, head, body) {
      vm.callFunction(answer, nothing, vm.newNumber(id), vm.newString(head), vm.newString(body));
      vm.executePendingJobs();
    },
    memoryUsed: () => vm.getMemoryUsage().mallocSize,
    reset() {
      if (memory?.buffer.byteLength !== image.byteLength) return false;
      new Uint8Array(memory.buffer).set(image);
      return true;
    },
  };
}
