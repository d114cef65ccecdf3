/** `1.2.3` or `1.2.3-beta.1`: numbers without leading zeros, and what comes after `-` is before the version itself. */
const pattern = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

export function isVersion(text: string): boolean {
  return pattern.test(text);
}

/** Negative, 0 or positive, as two semantic versions stand to each other. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)];
  const [left, right] = [a.numbers, b.numbers];
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return compareStages(a.stage, b.stage);
}

function parts(version: string): { readonly numbers: readonly number[]; readonly stage: readonly string[] | null } {
  const [, major, minor, patch, stage] = pattern.exec(version) ?? [];
  return { numbers: [major, minor, patch].map(Number), stage: stage?.split('.') ?? null };
}

function compareStages(one: readonly string[] | null, other: readonly string[] | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [a, b] = [one[index], other[index]];
    if (a === undefined || b === undefined) return one.length - other.length;
    const difference = compareWords(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers by their value and before words. */
function compareWords(a: string, b: string): number {
  const [first, second] = [a, b].map((word) => /^\d+$/.test(word));
  if (first === true && second === true) return Number(a) - Number(b);
  if (first !== second) return first === true ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
