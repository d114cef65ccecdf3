import { createTwoFilesPatch } from 'diff';
import { type ActionFile, type LocalAction, codeName, writeActionFile } from './actions.file.js';

/** What a push of an action would change, as unified differences of its files; empty: nothing. */
export function differenceOf(key: string, local: LocalAction, remote: LocalAction | null): string {
  const secrets = local.file.secrets === null ? { secrets: null } : {};
  const before = remote === null ? null : { ...remote, file: { ...remote.file, ...secrets } };
  const names = [...new Set([...(before === null ? [] : [codeName(before.file)]), codeName(local.file)])];
  return [
    patch(`${key}/action.json`, before === null ? null : writeActionFile(before.file), writeActionFile(local.file)),
    ...names.map((name) => patch(`${key}/${name}`, codeIn(before, name), codeIn(local, name))),
  ].join('');
}

function codeIn(action: { readonly file: ActionFile; readonly code: string } | null, name: string): string | null {
  return action !== null && codeName(action.file) === name ? action.code : null;
}

function patch(name: string, before: string | null, after: string | null): string {
  if (before === after) return '';
  const [from, to] = [before === null ? '/dev/null' : `server/${name}`, after === null ? '/dev/null' : `folder/${name}`];
  // Without the line that only underlines, and the tabs where dates would stand.
  return createTwoFilesPatch(from, to, before ?? '', after ?? '')
    .replace(/^=+\n/, '')
    .replace(/^(---|\+\+\+) (.*)\t$/gm, '$1 $2');
}
