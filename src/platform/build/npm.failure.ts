import { z } from 'zod';
import { buildError, type Dependency, type Failed, failed, type Retry } from './build.js';
import { packageOf } from './dependency.js';

const printed = z.object({ error: z.object({ code: z.string().nullish(), summary: z.string().nullish(), detail: z.string().nullish() }) });

/** A package asks for an address, a repository, an archive or a folder. */
export const foreign = failed(buildError('dependency_refused', 'A dependency wants a package that comes from no registry.'));

/** What npm's refusal means for who asked: an error of theirs, or a matter of time. */
export function refusal(output: string, asked: readonly Dependency[]): Failed | Retry {
  const { code, summary, detail } = errorOf(output);
  const text = `${summary}\n${detail}`;
  switch (code) {
    case 'E404': {
      const name = nameIn(/'((?:@[^/'\s]+\/)?[^@'\s]+)(?:@[^']*)?' (?:is not in this registry|could not be found)/.exec(text)?.[1]);
      return failed(buildError('dependency_not_found', `The package ${quoted(name)} is not in the registry${broughtBy(name, asked)}.`));
    }
    case 'ETARGET': {
      const [, spec = ''] = /No matching version found for (\S+?)\.?(?:\s|$)/.exec(text) ?? [];
      const at = spec.lastIndexOf('@');
      const name = nameIn(at > 0 ? spec.slice(0, at) : spec);
      const version = asked.find((dependency) => dependency.name === name)?.version ?? (at > 0 ? spec.slice(at + 1) : '');
      return failed(
        buildError('version_not_found', `The package ${quoted(name)} has no version ${JSON.stringify(version)}${broughtBy(name, asked)}.`),
      );
    }
    case 'ERESOLVE':
      return failed(buildError('dependency_refused', 'The dependencies ask for versions of each other that do not fit together.'));
    case 'EALLOWGIT':
    case 'EALLOWREMOTE':
    case 'EALLOWFILE':
    case 'EALLOWDIRECTORY':
      return foreign;
    case 'ENOENT':
      if (/\bgit\b/.test(text)) return foreign;
      break;
    case 'EINVALIDPACKAGENAME':
    case 'EINVALIDTAGNAME':
    case 'EUNSUPPORTEDPROTOCOL':
    case 'EBADPLATFORM':
    case 'E401':
    case 'E403':
      return failed(buildError('dependency_refused', `The dependencies cannot be installed: npm says ${code}.`));
  }
  return { kind: 'retry', message: `The dependencies could not be installed: ${code === '' ? 'npm failed' : `npm says ${code}`}.` };
}

function errorOf(output: string): { code: string; summary: string; detail: string } {
  try {
    // Warnings of the network may stand before it.
    const { error } = printed.parse(JSON.parse(output.slice(Math.max(output.indexOf('{'), 0))));
    return { code: error.code ?? '', summary: error.summary ?? '', detail: error.detail ?? '' };
  } catch {
    return { code: '', summary: '', detail: '' };
  }
}

/** What npm prints is what registries and packages say: names only. */
function nameIn(text: string | undefined): string | null {
  return text === undefined ? null : packageOf(text);
}

function quoted(name: string | null): string {
  return name === null ? 'that is asked for' : `"${name}"`;
}

function broughtBy(name: string | null, asked: readonly Dependency[]): string {
  return name === null || asked.some((dependency) => dependency.name === name) ? '' : ', and one of the dependencies needs it';
}
