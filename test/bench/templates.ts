import { costOf, largeContext } from '#test/unit/language/hostile';
import { attack, hostileTemplates } from '#test/unit/language/hostile.templates';
import { type Figure, figure } from './figure.js';

/** What the dearest of the templates takes of the processor that the tests have for it: warm, and when the process has just begun. */
export function measureTemplates(quick: boolean): Figure {
  const context = largeContext(100_000);
  const dearest = (times: number): { readonly what: string; readonly ms: number } => {
    let worst = { what: '', ms: 0 };
    for (const [what, template] of hostileTemplates) {
      // What others do with the machine meanwhile is not the template's.
      const ms = Math.min(...Array.from({ length: times }, () => costOf(() => void attack(template, context))));
      if (ms > worst.ms) worst = { what, ms };
    }
    return worst;
  };
  const cold = dearest(1);
  const rounds = Array.from({ length: quick ? 2 : 5 }, () => dearest(3));
  process.stderr.write(`dearest: ${[cold, ...rounds].map(({ what, ms }) => `${what} ${String(Math.round(ms))} ms`).join('; ')}\n`);
  return figure({
    name: 'template-hostile',
    about: `the processor's time for a template of 64 kB over 100 000 values that is made to be dear, the best of three times, the dearest of ${String(hostileTemplates.length)}; cold: of the first time in a process, in ms`,
    unit: 'ms',
    rounds: rounds.map(({ ms }) => ms),
    counts: { cold: Math.round(cold.ms) },
    target: { atMost: 100 },
  });
}
