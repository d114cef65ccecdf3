import { describe, expect, it } from 'vitest';
import { Stream, createStream, createStreamGroup, streamOf } from '#platform/events/stream';

/** Values that are put in by the test. */
class Given extends Stream<string> {
  readonly values: string[] = [];
  released = 0;
  fetched: (() => Promise<void>) | null = null;

  put(value: string): void {
    this.values.push(value);
    this.ring();
  }

  protected override atHand(): string | undefined {
    return this.values.shift();
  }

  protected override fetch(): Promise<void> | null {
    return this.fetched?.() ?? null;
  }

  protected override release(): undefined {
    this.released += 1;
  }
}

/** What its reader takes, as soon as it is told that there is something, and how it ended. */
function readAll(stream: Stream<string>): string[] {
  const taken: string[] = [];
  const read = () => {
    for (let value = stream.take(); value !== undefined; value = stream.take()) taken.push(value);
    if (stream.over) taken.push(stream.reason?.message ?? 'over');
  };
  stream.listen(read);
  read();
  return taken;
}

describe('a stream', () => {
  it('hands out what is at hand without a wait, in its order', () => {
    const stream = new Given();
    const taken = readAll(stream);
    stream.put('a');
    stream.put('b');
    expect(taken).toEqual(['a', 'b']);
  });

  it('hands out nothing after its end, whatever is at hand, and tells the reason in the same turn', () => {
    const stream = new Given();
    stream.values.push('too late');
    stream.end(new Error('rights are gone'));
    expect(readAll(stream)).toEqual(['rights are gone']);
    expect(stream.released).toBe(1);
  });

  it('fetches once while nothing is at hand, however often it is asked', async () => {
    const stream = new Given();
    let fetches = 0;
    const { promise, resolve } = deferred<undefined>();
    stream.fetched = () => {
      fetches += 1;
      return fetches === 1 ? promise.then(() => void stream.values.push('fetched')) : new Promise(() => undefined);
    };
    const taken = readAll(stream);
    stream.take();
    stream.take();
    expect(fetches).toBe(1);
    resolve(undefined);
    await expect.poll(() => taken).toEqual(['fetched']);
    stream.end(new Error('enough'));
    expect(taken).toEqual(['fetched', 'enough']);
    expect(fetches).toBe(2);
  });

  it('ends with what a fetch fails with', async () => {
    const stream = new Given();
    stream.fetched = () => Promise.reject(new Error('the cursor expired'));
    await expect(stream.next()).rejects.toThrow('the cursor expired');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(stream.released).toBe(1);
  });

  it('is given back once, from whichever side it ends, and says so to all who want to know', async () => {
    const stream = new Given();
    const told: string[] = [];
    stream.whenOver(() => told.push('before'));
    await stream.return();
    stream.end(new Error('too late'));
    stream.whenOver(() => told.push('after'));
    expect(told).toEqual(['before', 'after']);
    expect(stream.reason).toBeNull();
    expect(stream.released).toBe(1);
  });

  it('of a generator stops one that waits, and does not hear what its statement brings', async () => {
    let closed = 0;
    const { promise, resolve } = deferred<string>();
    const stream = createStream<string>({
      produce: async function* (bell) {
        yield 'first';
        yield await promise;
        await bell.heard();
      },
      closed: () => (closed += 1),
    });
    expect(await stream.next()).toEqual({ done: false, value: 'first' });
    const waiting = stream.next();
    stream.end(new Error('rights are gone'));
    await expect(waiting).rejects.toThrow('rights are gone');
    resolve('late');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(closed).toBe(1);
  });

  it('of any other source gives that back, too', async () => {
    let returned = 0;
    const source = {
      next: () => new Promise<IteratorResult<string>>(() => undefined),
      return: () => {
        returned += 1;
        return Promise.resolve({ done: true as const, value: undefined });
      },
      [Symbol.asyncIterator]: () => source,
    };
    const stream = streamOf(source);
    expect(stream.take()).toBeUndefined();
    await stream.return();
    expect(returned).toBe(1);
    expect(streamOf(stream)).toBe(stream);
  });

  it('of a group ends with the group', () => {
    const group = createStreamGroup();
    const [one, two] = [new Given(), new Given()];
    group.add(one);
    group.add(two);
    void one.return();
    group.end(new Error('The server is stopping.'));
    expect([one.reason, two.reason?.message]).toEqual([null, 'The server is stopping.']);
  });
});

function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((done) => (resolve = done));
  return { promise, resolve };
}
