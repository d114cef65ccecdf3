// Loaded before everything else by a worker of the drill (`--import`): at each SIGUSR2 its clock goes to the next of these
// steps. The database's clock, and what measures durations, stay as they are.
const hourMs = 3_600_000;
const steps = [hourMs, -hourMs, 24 * hourMs, -24 * hourMs, 0];
let taken = 0;
let shiftMs = 0;
const RealDate = Date;
const present = RealDate.now.bind(RealDate);

class SteppedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(present() + shiftMs);
    // All other forms have the same arguments.
    else super(...given);
  }
  static override now(): number {
    return present() + shiftMs;
  }
}

globalThis.Date = SteppedDate as DateConstructor;
process.on('SIGUSR2', () => {
  shiftMs = steps[taken % steps.length] ?? 0;
  taken += 1;
});
