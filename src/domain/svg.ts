/** What pictures of the product have in common: they are SVG documents without scripts, links or anything from elsewhere, readable on light and on dark. */

/** Colours on light and on dark, by what they mean. */
export const tones = {
  queued: { light: '#94a3b8', dark: '#64748b' },
  waiting: { light: '#d97706', dark: '#f59e0b' },
  running: { light: '#2563eb', dark: '#60a5fa' },
  good: { light: '#059669', dark: '#34d399' },
  bad: { light: '#dc2626', dark: '#f87171' },
  late: { light: '#c2410c', dark: '#fb923c' },
  stopped: { light: '#57534e', dark: '#a8a29e' },
  lost: { light: '#9333ea', dark: '#c084fc' },
  skipped: { light: '#94a3b8', dark: '#64748b' },
} as const;

/** Coordinates to a tenth: more makes the text longer and nothing clearer. */
export function at(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What XML 1.0 cannot carry, what breaks a line, and what turns the direction of the text around it. */
const forbidden = /[\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{2029}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{fffe}\u{ffff}]+/gu;
const wideCharacter =
  /[\u{1100}-\u{115f}\u{2e80}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many places of a narrow letter a text takes; wide ones take two. */
export function places(text: string): number {
  let count = 0;
  for (const character of text) count += wideCharacter.test(character) ? 2 : 1;
  return count;
}

/** The text in at most `most` places of a narrow letter. */
export function cut(text: string, most: number): string {
  let taken = 0;
  let kept = '';
  for (const character of text.toWellFormed().replaceAll(forbidden, ' ').trim()) {
    taken += places(character);
    if (taken > most)
      return `${kept
        .slice(0, -1)
        .toWellFormed()
        .replace(/\ufffd$/, '')
        .trimEnd()}…`;
    kept += character;
  }
  return kept;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function xml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');
}
