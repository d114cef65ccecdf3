import { createTwoFilesPatch, formatPatch } from 'diff';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { ActionSpec } from './action.spec.js';

/** An authored state of an action with the names of its secrets and the moments at which they were set. */
export interface State {
  readonly spec: ActionSpec;
  readonly secrets: readonly { readonly name: string; readonly updatedAt: Date }[];
}

export interface VersionChanges {
  /** A unified difference; empty when the code is the same. */
  readonly code: string;
  readonly dependencies: readonly DependencyChange[];
  readonly secrets: readonly SecretChange[];
  /** What else differs, by the names of the fields. */
  readonly others: readonly string[];
}

export interface DependencyChange {
  readonly name: string;
  /** Null: it was not there. */
  readonly from: string | null;
  /** Null: it is gone. */
  readonly to: string | null;
}

export interface SecretChange {
  readonly name: string;
  readonly change: 'ADDED' | 'REMOVED' | 'SET_ANEW';
}

/** What has changed from one state of an action to another. */
export function compareStates(from: State, to: State): VersionChanges {
  return { code: codePatch(from.spec.code ?? '', to.spec.code ?? ''), ...besideCode(from, to) };
}

/** Whether nothing has changed, without saying what. */
export function sameState(from: State, to: State): boolean {
  const { dependencies, secrets, others } = besideCode(from, to);
  return from.spec.code === to.spec.code && dependencies.length === 0 && secrets.length === 0 && others.length === 0;
}

function besideCode(from: State, to: State): Omit<VersionChanges, 'code'> {
  return {
    dependencies: changedEntries(versions(from.spec), versions(to.spec)),
    secrets: changedEntries(moments(from), moments(to)).map(({ name, from: before, to: after }) => ({
      name,
      change: before === null ? 'ADDED' : after === null ? 'REMOVED' : 'SET_ANEW',
    })),
    others: otherFields(from.spec, to.spec),
  };
}

/** Lines that are removed and added: what it takes to find the fewest rises with the square of them. Of more, all are. */
const mostEdits = 1_000;

function codePatch(from: string, to: string): string {
  if (from === to) return '';
  const patch =
    createTwoFilesPatch('before', 'after', from, to, undefined, undefined, { maxEditLength: mostEdits }) ?? wholePatch(from, to);
  // Without the line that only underlines.
  return patch.replace(/^=+\n/, '');
}

function wholePatch(from: string, to: string): string {
  const [before, after] = [linesOf(from), linesOf(to)];
  const hunk = {
    oldStart: 1,
    oldLines: before.length,
    newStart: 1,
    newLines: after.length,
    lines: [...marked('-', before, from), ...marked('+', after, to)],
  };
  const headers = { oldFileName: 'before', newFileName: 'after', oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...headers, hunks: [hunk] });
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function marked(mark: '-' | '+', lines: readonly string[], text: string): string[] {
  const ended = text === '' || text.endsWith('\n');
  return [...lines.map((line) => `${mark}${line}`), ...(ended ? [] : ['\\ No newline at end of file'])];
}

const versions = ({ dependencies = [] }: ActionSpec) => new Map(dependencies.map(({ name, version }) => [name, version]));
const moments = ({ secrets }: State) => new Map(secrets.map(({ name, updatedAt }) => [name, updatedAt.toISOString()]));

function changedEntries(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): DependencyChange[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return names.flatMap((name) => {
    const [before, after] = [from.get(name) ?? null, to.get(name) ?? null];
    return before === after ? [] : [{ name, from: before, to: after }];
  });
}

/** The names that the graph has for parts of a spec. */
const graphNames: Readonly<Record<string, string>> = {
  endpointId: 'endpoint',
  namespaceId: 'namespace',
  timeoutMs: 'timeout',
  integrationReleaseId: 'installedRelease',
};

function otherFields(from: ActionSpec, to: ActionSpec): string[] {
  const told = new Set(['code', 'dependencies']);
  const [before, after] = [from, to].map((spec) => spec as unknown as Readonly<Record<string, Json | undefined>>);
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => !told.has(name)).sort();
  const text = (value: Json | undefined) => canonicalJson(value ?? null);
  return names.filter((name) => text(before?.[name]) !== text(after?.[name])).map((name) => graphNames[name] ?? name);
}
