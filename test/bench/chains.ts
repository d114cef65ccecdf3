import { chainLengths, pointOf } from './chains.seeded.js';
import { type Figure, figure, quantile } from './figure.js';
import { measureFloor } from './latency.js';
import { now } from './pace.js';
import { type Stand, idle } from './stand.js';
import { openWire, operation } from './wire.js';

const fire =
  'mutation ($input: FireTriggerPointInput!) { fireTriggerPoint(input: $input) { __typename ... on FireTriggerPointSuccess { timedOut decision { kind } commands { command arguments } run { id } } ... on Error { message code } } }';

/** From the start of a client's request to its answer with the decision and the commands, one execution after the other. */
export async function measureChains(stand: Stand): Promise<Figure[]> {
  const wire = openWire(stand.url, 4);
  const [rounds, firings] = stand.quick ? [2, 40] : [5, 100];
  try {
    const floor = await measureFloor(stand, wire);
    const figures: Figure[] = [floor];
    for (const length of chainLengths) {
      const one = async (number: number): Promise<number> => {
        const begun = now();
        const input = { triggerPoint: pointOf(length), event: { number }, wait: true };
        const answer = await wire.post(stand.seeded.tokens[0], operation(fire, { input }));
        const tookMs = now() - begun;
        if (!answer.includes('"ALLOW"') || answer.split('"result.set"').length !== length + 1)
          throw new Error(`No such result: ${answer.slice(0, 500)}`);
        return tookMs;
      };
      await idle(stand);
      for (let number = 0; number < 20; number += 1) await one(number);
      const took: number[][] = [];
      for (let round = 0; round < rounds; round += 1) {
        const own: number[] = [];
        for (let number = 0; number < firings; number += 1) own.push(await one(number));
        took.push(own.sort((a, b) => a - b));
      }
      const all = took.flat().sort((a, b) => a - b);
      const about = `a trigger point with ${String(length)} trivial ${length === 1 ? 'action' : 'actions'}, fired with \`wait\`, one after the other`;
      const of = (part: number) => ({ unit: 'ms' as const, rounds: took.map((own) => quantile(own, part)), overall: quantile(all, part) });
      figures.push(
        figure({
          name: `chain-${String(length)}-p50`,
          about: `p50: ${about}`,
          ...of(0.5),
          ...(length === 2 ? { target: { atMost: 25 } } : {}),
        }),
        figure({ name: `chain-${String(length)}-p99`, about: `p99: ${about}`, ...of(0.99) }),
      );
    }
    return figures;
  } finally {
    wire.close();
  }
}
