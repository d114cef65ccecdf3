/** What a shared image would freeze: random numbers and the start of time. */
export const chance = String.raw`
hide('crypto', { randomUUID: function randomUUID() { return host.uuid(); } });
let a = 0, b = 0, c = 0, d = 1; // sfc32, seeded by the host for each call
const next = () => {
  const t = (a + b + d) | 0;
  d = (d + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = ((c << 21) | (c >>> 11)) + t | 0;
  return t >>> 0;
};
define(Math, 'random', { value: function random() { return ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992; }, writable: true, configurable: true });
let started = 0;
hide('performance', { now: () => now() - started, get timeOrigin() { return started; } });
function begin(s1, s2, s3) {
  a = s1; b = s2; c = s3;
  for (let i = 0; i < 12; i++) next();
  started = now();
}
`;
