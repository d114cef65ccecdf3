import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { defectNames, defects, patched } from '#drill/defects';
import { fairness } from '#drill/fairness';
import { atMost } from '#drill/judgement';
import { descendants } from '#drill/memory';
import { readOptions } from '#drill/options';
import { createRandom } from '#drill/random';

/** As the build makes it of the source. */
function compiled(file: string): string {
  const source = readFileSync(file.replace(/^dist\//, '').replace(/\.js$/, '.ts'), 'utf8');
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

describe('the defects that the drill plants', () => {
  it.each(defectNames)('%s still finds what it changes, once', (name) => {
    const { patches, sql } = defects[name];
    expect(patches.length + sql.length).toBeGreaterThan(0);
    let before = '';
    for (const patch of patches) {
      before = compiled(patch.file);
      expect(patched(before, patch)).not.toBe(before);
    }
  });

  it('are refused where the text is missing or stands twice', () => {
    const patch = { file: 'x.js', from: 'guard', to: '' };
    expect(() => patched('nothing', patch)).toThrow('0 times in x.js');
    expect(() => patched('guard guard', patch)).toThrow('2 times in x.js');
  });
});

describe('the options of the drill', () => {
  it('are refused with what is allowed', () => {
    const none = () => 0;
    expect(() => readOptions({ faults: 'kill-worker,earthquake' }, none)).toThrow(/--faults knows kill-worker, .*, and not "earthquake"/);
    expect(() => readOptions({ defect: 'all' }, none)).toThrow(/--defect knows no-fence, .*, and not "all"/);
    expect(() => readOptions({ seed: '-1' }, none)).toThrow('--seed is a whole number from 0 to 4294967295, and not "-1".');
    expect(() => readOptions({ minutes: 'ten' }, none)).toThrow('--minutes is a number from 0.1 to 600');
    expect(() => readOptions({ runs: '1.5' }, none)).toThrow('--runs is a whole number from 50');
    expect(() => readOptions({ phases: 'ticks,parade' }, none)).toThrow('--phases knows cancels, ticks, crowd, and not "parade".');
    expect(readOptions({ seed: '7', quick: true }, none)).toMatchObject({ seed: 7, quick: true, defect: null });
  });

  it('do every phase, but none where faults are chosen, unless phases are, too', () => {
    const phases = (given: Parameters<typeof readOptions>[0]) => readOptions(given, () => 0).phases;
    expect(phases({})).toEqual(['cancels', 'ticks', 'crowd']);
    expect(phases({ faults: 'roll' })).toEqual([]);
    expect(phases({ faults: 'roll', phases: 'ticks' })).toEqual(['ticks']);
  });
});

describe('choices by chance', () => {
  it('are the same for the same seed, and others for another', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed);
      return [random.between(1, 1_000_000), random.next(), ...random.shuffled([1, 2, 3, 4, 5, 6, 7, 8])];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });
});

describe('fairness between workspaces', () => {
  const neighbours = (asked: number, got: number) => Array.from({ length: 4 }, () => ({ asked, got }));

  it('is whole where neighbours get all they ask for and a flood the rest', () => {
    expect(fairness([{ asked: 20_000, got: 5_000 }, ...neighbours(100, 100)])).toBeCloseTo(1);
    expect(fairness([{ asked: 20_000, got: 1_000 }, ...neighbours(5_000, 1_000)])).toBeCloseTo(1);
  });

  it('is a fifth where one of five gets everything, and counts those who are served by halves', () => {
    expect(fairness([{ asked: 20_000, got: 5_000 }, ...neighbours(1_000, 0)])).toBeCloseTo(0.2);
    expect(fairness([{ asked: 20_000, got: 600 }, ...neighbours(200, 100)])).toBeLessThan(0.95);
  });
});

describe('a judgement', () => {
  it('is red where any part of what it rests on is too little, however good it looks', () => {
    const ticks = { what: 'nominal times', count: 3_600, least: 3_600 };
    expect(atMost('missed', 0, 0, '', ticks, { what: 'kills', count: 20, least: 20 }).verdict).toBe('GREEN');
    expect(atMost('missed', 0, 0, '', ticks, { what: 'kills', count: 19, least: 20 })).toMatchObject({
      verdict: 'RED',
      evidence: '3600 nominal times, 19 kills: too few, 20 are needed',
    });
  });
});

describe('the memory of a process', () => {
  it('is looked at with all that it started, and no others', () => {
    const one = (pid: number, parent: number) => ({ pid, parent, rssMb: 1, command: '' });
    const found = descendants([one(4, 3), one(3, 2), one(2, 1), one(9, 1)], [2]);
    expect(found.map(({ pid }) => pid)).toEqual([4, 3, 2]);
  });
});
