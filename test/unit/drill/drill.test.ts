import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { defectNames, defects, patched } from '#drill/defects';
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
    expect(readOptions({ seed: '7', quick: true }, none)).toMatchObject({ seed: 7, quick: true, defect: null });
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
