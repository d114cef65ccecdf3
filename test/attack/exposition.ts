/** A metric as /metrics tells it. */
export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
// Values are what Go's ParseFloat reads, which takes NaN in any case; prom-client writes Nan.
const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[+-]Inf|NaN|Nan)$/;

/** Reads the text exposition format of Prometheus, version 0.0.4, as strictly as it is written down. Throws with the line that breaks it. */
export function readExposition(text: string): Metric[] {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  const metrics: { name: string; type: string; help: string; samples: Sample[] }[] = [];
  const seen = new Set<string>();
  for (const row of text.slice(0, -1).split('\n')) {
    if (row === '') continue;
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\[\\n])*)$/.exec(row);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(row);
    const current = metrics.at(-1);
    if (help !== null) {
      if (metrics.some(({ name }) => name === help[1])) throw new Error(`Twice: ${row}`);
      metrics.push({ name: help[1] ?? '', type: '', help: help[2] ?? '', samples: [] });
    } else if (type !== null) {
      if (current?.name !== type[1] || current?.type !== '') throw new Error(`A type without its help: ${row}`);
      current.type = type[2] ?? '';
    } else {
      const [, name = '', inner = '', value = ''] = line.exec(row) ?? [];
      if (name === '') throw new Error(`No sample: ${row}`);
      const suffix =
        current?.type === 'histogram' ? /^(?:_bucket|_sum|_count)$/ : current?.type === 'summary' ? /^(?:_sum|_count)?$/ : /^$/;
      if (current === undefined || current.type === '' || !name.startsWith(current.name) || !suffix.test(name.slice(current.name.length)))
        throw new Error(`A sample that does not stand with its metric: ${row}`);
      const labels = readLabels(inner, row);
      const series = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
      if (seen.has(series)) throw new Error(`The same series twice: ${row}`);
      seen.add(series);
      current.samples.push({ name, labels, value: Number(value.replace('Inf', 'Infinity')) });
    }
  }
  return metrics;
}

function readLabels(text: string, row: string): Record<string, string> {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  for (let at = 0; at < text.length; at = label.lastIndex) {
    const [, name = '', value = ''] = label.exec(text) ?? [];
    if (name === '' || name in labels) throw new Error(`No labels: ${row}`);
    labels[name] = value;
  }
  return labels;
}
