import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { EvalFlags, type JSValueHandle, QuickJS, type QuickJSOptions } from 'quickjs-wasi';
import { fetchLimits } from './messages.js';
import { prelude } from './prelude.js';
import { urlOperation } from './url.js';

/** What the guest asks of its host. */
export interface Host {
  /**
   * The first one is the outcome. Too large an output or too large commands do not get here: the kind is TOO_LARGE and the texts empty.
   * `commands` is JSON beside the output of a handler, else empty.
   */
  settle(kind: string, text: string, stack: string, commands: string): void;
  /** False when it keeps no further lines. */
  log(level: string, text: string): boolean;
  /** Makes a call and answers its number; -1: no more calls; -2: too many at once; -3: too large. */
  fetch(method: string, url: string, headers: string, body: string | null): number;
  /** Called every few thousand instructions; what it throws ends the call and spoils the machine. */
  tick(): void;
}

/** One WASM instance with its prelude. */
export interface Machine {
  /** Compiles the user's module and starts its default export. Throws what the engine throws. */
  run(code: string, file: string, input: string, context: string): void;
  /** As `run`, with a handler of the module; `commands` is a JSON list of sorted names. */
  handle(
    code: string,
    file: string,
    call: { readonly handler: string; readonly orDefault: boolean; readonly event: string; readonly commands: string },
  ): void;
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
  give('settle', (kind, text, stack, commands) => {
    const isOutput = wordOf(kind) === 'OUTPUT';
    const most = isOutput ? limits.outputBytes : textLimits.message;
    const isLarge = (part: JSValueHandle) => part.isString && lengthOf(part) > most;
    if (isOutput && (isLarge(text) || isLarge(commands))) host.settle('TOO_LARGE', '', '', '');
    else host.settle(wordOf(kind), textOf(text, most), textOf(stack, textLimits.stack), textOf(commands, most));
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
  const entry = (name: string) => {
    const held = guest.getProp(name);
    return (...args: readonly (string | number)[]) =>
      vm.callFunction(held, nothing, ...args.map((arg) => (typeof arg === 'string' ? vm.newString(arg) : vm.newNumber(arg))));
  };
  const [begin, open, wait, fire, answer] = [entry('begin'), entry('open'), entry('wait'), entry('fire'), entry('answer')];
  const [run, handle] = [guest.getProp('run'), guest.getProp('handle')];
  vm.evalCode(`void new ArrayBuffer(${String(headroomBytes)})`).dispose();
  vm.runGC();
  const image = vm.snapshot().memory;

  return {
    run(code, file, input, context) {
      begin(...crypto.getRandomValues(new Int32Array(3)));
      const module = vm.evalCode(code, file, EvalFlags.TYPE_MODULE);
      vm.callFunction(run, nothing, module, vm.newString(input), vm.newString(context));
      vm.executePendingJobs();
    },
    handle(code, file, { handler, orDefault, event, commands }) {
      begin(...crypto.getRandomValues(new Int32Array(3)));
      open(event, commands, limits.outputBytes);
      const module = vm.evalCode(code, file, EvalFlags.TYPE_MODULE);
      vm.callFunction(handle, nothing, module, vm.newString(handler), orDefault ? yes : no);
      vm.executePendingJobs();
    },
    wait: () => wait().toNumber(),
    fire() {
      fire();
      vm.executePendingJobs();
    },
    answer(id, head, body) {
      answer(id, head, body);
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
