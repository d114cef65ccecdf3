import fc from 'fast-check';

/** Makes commands that do something to the database and the same to the model, after which `agrees` compares them. */
export function commandsOf<Model extends object, Real>(agrees: (model: Model, real: Real) => Promise<void>) {
  return (name: string, done: (model: Model, real: Real) => Promise<void>): fc.AsyncCommand<Model, Real> => ({
    check: () => true,
    run: async (model, real) => {
      await done(model, real);
      await agrees(model, real);
    },
    toString: () => name,
  });
}

interface CheckOptions {
  readonly numRuns: number;
  /** When it is over at the latest, but for the one that is under way. */
  readonly interruptAfterTimeLimit: number;
}

/** Checks one sequence after the other. A failure tells its seed and path, by which it is found again. */
export async function check<Given>(
  given: fc.Arbitrary<Given>,
  body: (given: Given) => Promise<void>,
  options: CheckOptions,
): Promise<void> {
  let underWay = Promise.resolve();
  const property = fc.asyncProperty(given, (one) => (underWay = body(one)));
  // What the end of the time interrupts goes on by itself, and must not meet the end of the test.
  await fc.assert(property, { ...options, endOnFailure: false }).finally(() => underWay.catch(() => undefined));
  await underWay;
}
