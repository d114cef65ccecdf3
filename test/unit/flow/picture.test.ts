import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { flowMermaid } from '#domain/flow/flow.picture.mermaid';
import { flowSvg } from '#domain/flow/flow.picture.svg';
import type { PicturedRun } from '#domain/flow/flow.picture';
import type { FlowSpec, FlowStep, JsonObject } from '#domain/flow/flow.spec';

const step = (id: string, kind: string, args: JsonObject = {}, more: Partial<FlowStep> = {}): FlowStep => ({
  id,
  kind,
  title: '',
  description: '',
  conditions: [],
  args,
  retry: null,
  timeoutMs: null,
  onError: 'FAIL',
  ...more,
});
const flow = (more: Partial<FlowSpec>): FlowSpec => ({
  type: 'AUTOMATION',
  needsApproval: false,
  arguments: {},
  triggers: [],
  steps: [],
  outputs: null,
  ...more,
});
const is = (field: string, value: string) => ({ field, operator: 'eq', value });

/** A flow with all that pictures show. */
const rollOut = flow({
  triggers: [
    { type: 'EVENT', events: ['create', 'update'], conditions: [is('data.blueprintId', 'service'), is('data.properties.stage', 'live')] },
    { type: 'MANUAL', inputSchema: null },
  ],
  steps: [
    step(
      'regions',
      'fetchFieldsFromResources',
      { fields: ['id'], conditions: [{ ...is('blueprintId', 'region') }] },
      { title: 'Find the regions' },
    ),
    step(
      'review',
      'approval',
      { title: 'Roll {{ data.title }} out?' },
      { title: 'Ask for a review', conditions: [is('data.properties.tier', 'critical')] },
    ),
    step(
      'each',
      'forEach',
      { items: '{{ actions.regions.output.id }}', parallel: 4 },
      {
        title: 'In each region',
        steps: [
          step(
            'safe',
            'tryCatch',
            {},
            {
              title: 'Deploy',
              steps: [
                step('call', 'httpRequest', { method: 'POST', url: 'https://deploy.example/{{ item }}' }, { title: 'Call the deployer' }),
                step('settle', 'delay', { for: 'PT1M' }, { title: 'Let it settle' }),
              ],
              catch: [step('tell', 'notify', { group: 'on-call', subject: 'Deploy failed' }, { title: 'Tell who is on call' })],
            },
          ),
        ],
      },
    ),
    step(
      'route',
      'branch',
      {},
      {
        title: 'Where does it run?',
        ways: [
          {
            id: 'eu',
            title: '',
            conditions: [is('data.properties.area', 'eu')],
            steps: [
              step(
                'gdpr',
                'upsertResource',
                { data: { blueprintId: 'register', id: '{{ data.id }}' } },
                { title: 'Enter it in the register' },
              ),
            ],
          },
          {
            id: 'us',
            title: 'In the US',
            conditions: [is('data.properties.area', 'us')],
            steps: [step('audit', 'runFlow', { flow: 'audit' }), step('note', 'transform', { mapping: 1 })],
          },
        ],
      },
    ),
    step('done', 'upsertResource', { data: { blueprintId: 'service', id: '{{ data.id }}' } }, { title: 'Mark it as rolled out' }),
  ],
  outputs: { regions: '{{ actions.each.output }}' },
});

const done = (path: string, status: PicturedRun['steps'][number]['status'] = 'SUCCEEDED') => ({ path, status });
const run: PicturedRun = {
  status: 'RUNNING',
  steps: [
    done('regions'),
    done('review', 'SKIPPED'),
    done('each'),
    ...[0, 1, 2].flatMap((n) => [
      done(`each[${n}]/safe`),
      done(`each[${n}]/safe.try/call`, n === 1 ? 'FAILED' : 'SUCCEEDED'),
      n === 1 ? done('each[1]/safe.catch/tell') : done(`each[${n}]/safe.try/settle`),
    ]),
    done('route', 'RUNNING'),
    done('route.us/audit', 'WAITING'),
  ],
};

/** What a reader may point at, in the order of the document. */
const titles = (svg: string) => [...svg.matchAll(/<g><title>(.*?)<\/title>/gs)].map(([, text = '']) => text.split('\n'));

test('the picture of a run over a flow shows where it stands, with its repeats counted, and the one in the documents is it', async () => {
  const svg = flowSvg({ id: 'example', name: 'Roll a service out', spec: rollOut, run });
  const shown = new Map(titles(svg).map(([title = '', ...rest]) => [title, rest]));
  expect(shown.get('Find the regions')).toEqual(['Fetch fields of records: region', 'succeeded']);
  expect(shown.get('Ask for a review')).toEqual(['Approval: Roll {{ data.title }} out?', 'if tier = critical', 'skipped']);
  expect(shown.get('Call the deployer')).toEqual(['HTTP request: POST https://deploy.example/{{ item }}', '1 failed, 2 succeeded']);
  expect(shown.get('Mark it as rolled out')).toEqual(['Create or change a record: service']);
  expect(svg).toContain('>RUNNING</text>');
  expect(svg).toContain('1 ✕ · 2 ✓');
  expect(svg).toContain('create or update of service where stage = live');
  await expect(svg).toMatchFileSnapshot('../../../docs/flow.svg');
  expect(await readFile('docs/suggestions.md', 'utf8')).toContain('](flow.svg)');
});

test('nothing that an author writes gets out of the text that it is', () => {
  const evil = `"><script>alert(1)</script>&\u202e]}) end\n  click n1 "javascript:1"`;
  const spec = flow({
    triggers: [{ type: 'EVENT', events: [evil], conditions: [is(evil, evil)] }],
    steps: [
      step('a', evil, { url: evil }, { title: evil, conditions: [is(evil, evil)] }),
      step(
        'b',
        'branch',
        {},
        {
          title: evil,
          ways: [
            { id: 'blank', title: ' ', conditions: [], steps: [] },
            { id: 'x', title: evil, conditions: [], steps: [step('c', 'forEach', { items: evil }, { title: evil, steps: [] })] },
          ],
        },
      ),
    ],
    outputs: { [evil]: 1 },
  });
  const input = { id: evil, name: evil, spec, run: null };
  const svg = flowSvg(input);
  expect(svg).not.toMatch(/<script|javascript:1"|\u202e/);
  expect(svg.replace(/<style>[^<]*<\/style>/, '').replaceAll(/<(?:[a-z]+(?: [a-z-]+="[^"<>]*")*\/?|\/[a-z]+)>/gi, '')).not.toMatch(/[<>"]/);
  const mermaid = flowMermaid(input).split('\n');
  expect(mermaid.filter((line) => !/^(?:flowchart TD|  (?:n\d+|begin|finish|subgraph|direction TB|end).*|)$/.test(line))).toEqual([]);
  // Between two quotes there are plain letters, breaks, and characters by their numbers.
  const texts = mermaid.flatMap((line) =>
    [...line.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text.replaceAll('<br/>', '').replaceAll(/#\d+;/g, '')),
  );
  expect(texts.filter((text) => /[<>"'`;#&|{}[\]()\\]/.test(text))).toEqual([]);
  // Mermaid refuses a text without anything in it.
  expect(mermaid.filter((line) => line.includes('""'))).toEqual([]);
  expect(mermaid.flatMap((line) => line.match(/"/g)?.length ?? []).every((quotes) => quotes === 2)).toBe(true);
});

test('the diagram for Mermaid has the same steps and lines', () => {
  expect(flowMermaid({ name: 'Roll out', spec: rollOut, run })).toMatchInlineSnapshot(`
    "flowchart TD
      begin(["create or update of service where stage = live<br/>By hand"])
      n1["Find the regions<br/>Fetch fields of records: region<br/>✓"]
      begin --> n1
      n2["Ask for a review<br/>Approval: Roll #123;#123; data.title #125;#125; out#63;<br/>if tier = critical<br/>–"]
      n1 --> n2
      subgraph n3 ["In each region · For each: #123;#123; actions.regions.output.id #125;#125; · ✓"]
      direction TB
      subgraph n4 ["Deploy · Try and catch · 3 ✓"]
      direction TB
      subgraph n5 ["Try"]
      direction TB
      n6["Call the deployer<br/>HTTP request: POST https://deploy.example/#123;#123; item #125;#125;<br/>1 ✕ · 2 ✓"]
      n7["Let it settle<br/>Delay: PT1M<br/>2 ✓"]
      n6 --> n7
      end
      subgraph n8 ["When it fails"]
      direction TB
      n9["Tell who is on call<br/>Notify: on-call<br/>✓"]
      end
      end
      end
      n2 --> n3
      n10{{"Where does it run#63;<br/>Branch<br/>▸"}}
      n3 --> n10
      n11["Enter it in the register<br/>Create or change a record: register"]
      n10 -->|"area = eu"| n11
      n12["audit<br/>Run a flow: audit<br/>…"]
      n10 -->|"In the US"| n12
      n13["note<br/>Transform"]
      n12 --> n13
      n14["Mark it as rolled out<br/>Create or change a record: service"]
      n11 --> n14
      n13 --> n14
      n10 -->|"otherwise"| n14
      finish(["End: regions"])
      n14 --> finish
      class n1 good
      class n2 skipped
      class n6 bad
      class n7 good
      class n9 good
      class n4 good
      class n3 good
      class n10 running
      class n11 unreached
      class n12 waiting
      class n13 unreached
      class n14 unreached
      classDef good stroke:#059669,stroke-width:3px
      classDef bad stroke:#dc2626,stroke-width:3px
      classDef late stroke:#c2410c,stroke-width:3px
      classDef stopped stroke:#57534e,stroke-width:3px
      classDef running stroke:#2563eb,stroke-width:3px
      classDef waiting stroke:#d97706,stroke-width:3px
      classDef skipped stroke:#94a3b8,stroke-dasharray:4 3
      classDef unreached stroke:#94a3b8,stroke-dasharray:4 3,opacity:0.5
    "
  `);
});

test('a flow of many steps is drawn, however deep they stand in each other', () => {
  const deep = (level: number): FlowStep =>
    step(
      `l${level}`,
      'branch',
      {},
      {
        ways: [0, 1].map((n) => ({
          id: `w${n}`,
          title: `way ${n}`,
          conditions: [],
          steps: level === 0 ? [step(`s${n}`, 'delay', { for: 'PT1S' })] : [deep(level - 1)],
        })),
      },
    );
  const svg = flowSvg({
    id: 'deep',
    name: 'Deep',
    spec: flow({ steps: [deep(4), ...Array.from({ length: 100 }, (_, n) => step(`n${n}`, 'delay'))] }),
    run: null,
  });
  expect(titles(svg)).toHaveLength(31 + 62 + 32 + 100);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('a flow that needs an approval shows it before its first step, and how far a run is with it', () => {
  const spec = flow({ needsApproval: true, steps: [step('wait', 'delay', { for: 'PT1S' })] });
  const drawn = (run: PicturedRun | null) => flowMermaid({ name: 'Asked', spec, run });
  expect(drawn(null)).toMatch(/n1\["Approval<br\/>A person approves each run"\][\s\S]*n1 --> n2/);
  expect(drawn({ status: 'WAITING', steps: [] })).toContain('A person approves each run<br/>…');
  expect(drawn({ status: 'SUCCEEDED', steps: [{ path: 'wait', status: 'SUCCEEDED' }] })).toContain('A person approves each run<br/>✓');
});
