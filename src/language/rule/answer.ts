/**
 * A value that is at hand, or that has to be waited for. What is at hand is used at once: a turn of the event loop for each word would take
 * ten times as long as the words.
 */
export type Answer<Value> = Value | Promise<Value>;

export function after<Value, Result>(answer: Answer<Value>, next: (value: Value) => Answer<Result>): Answer<Result> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}

/** Each once the one before it has been answered, until one answers false. */
export function inTurn<Item>(items: readonly Item[], step: (item: Item, index: number) => Answer<boolean>): Answer<void> {
  for (let index = 0; index < items.length; index++) {
    const answer = step(items[index] as Item, index);
    if (answer instanceof Promise) return goOn(answer, items, step, index + 1);
    if (!answer) return;
  }
}

async function goOn<Item>(
  first: Promise<boolean>,
  items: readonly Item[],
  step: (item: Item, index: number) => Answer<boolean>,
  from: number,
): Promise<void> {
  let answer: Answer<boolean> = first;
  for (let index = from; ; index++) {
    if (!(answer instanceof Promise ? await answer : answer) || index >= items.length) return;
    answer = step(items[index] as Item, index);
  }
}

/** The answers of all, asked for in turn. */
export function each<Item, Value>(items: readonly Item[], ask: (item: Item, index: number) => Answer<Value>): Answer<Value[]> {
  const found: Value[] = [];
  const asked = inTurn(items, (item, index) =>
    after(ask(item, index), (value) => {
      found.push(value);
      return true;
    }),
  );
  return after(asked, () => found);
}

/** What each makes of what the one before it has made. */
export function fold<Item, Total>(items: readonly Item[], start: Total, step: (total: Total, item: Item) => Answer<Total>): Answer<Total> {
  let total = start;
  const made = inTurn(items, (item) =>
    after(step(total, item), (next) => {
      total = next;
      return true;
    }),
  );
  return after(made, () => total);
}

/** The first one of which the test is true; those after it are not asked. */
export function firstThat<Item>(items: readonly Item[], test: (item: Item) => Answer<boolean>): Answer<Item | null> {
  let found: Item | null = null;
  const asked = inTurn(items, (item) =>
    after(test(item), (is) => {
      if (is) found = item;
      return !is;
    }),
  );
  return after(asked, () => found);
}

/** Goes on with the failure of an answer, whenever it comes. */
export function otherwise<Value>(ask: () => Answer<Value>, failed: (error: unknown) => Value): Answer<Value> {
  try {
    const answer = ask();
    return answer instanceof Promise ? answer.catch(failed) : answer;
  } catch (error) {
    return failed(error);
  }
}
