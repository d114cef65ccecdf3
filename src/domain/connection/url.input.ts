import { z } from 'zod';
import { wellFormed } from '#domain/input';

const mostUrl = 2_048;

/** What is wrong with a URL that calls go to, or null. Query and fragment are the caller's to allow. */
export function urlProblem(text: string, allowed: { readonly query: boolean }): string | null {
  const url = URL.parse(text);
  // A URL of these schemes without // is taken for one nevertheless, and spaces around it are dropped.
  if (url === null || !/^https?:\/\//i.test(text) || /[\s\\]/.test(text)) return 'This is no absolute http or https URL.';
  if (hasUserInfo(text)) return noUserInfo;
  if (text.includes('#')) return 'This URL has no fragment: it is not sent.';
  if (!allowed.query && text.includes('?')) return 'This URL has no query.';
  return null;
}

export const noUserInfo = 'User and password do not belong in a URL: make a credential.';

/** Also when both are empty, which parsers drop. */
export function hasUserInfo(url: string): boolean {
  return /^https?:\/\/[^/?#]*@/i.test(url);
}

function urlInput(allowed: { readonly query: boolean }) {
  return wellFormed(z.string().max(mostUrl)).superRefine((text, check) => {
    const problem = urlProblem(text, allowed);
    if (problem !== null) check.addIssue({ code: 'custom', message: problem, params: { code: 'URL' } });
  });
}

/** What the URLs of endpoints are relative to. */
export const baseUrlInput = urlInput({ query: false });
/** Where tokens are fetched. */
export const tokenUrlInput = urlInput({ query: true });
