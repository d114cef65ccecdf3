/** How a call ends. */
export const outcome = String.raw`
let settled = false;
/** Whatever user code made of the value: a primitive string. */
function cut(value, length) {
  const whole = '' + value;
  return whole.length > length ? slice(whole, 0, length) + '…' : whole;
}
function settle(kind, value, stack, commands = '') {
  if (settled) return;
  settled = true;
  host.settle(kind, value, stack, commands);
}
function fail(error) {
  try {
    if (error instanceof EngineError && error.message === 'out of memory') return settle('MEMORY', '', cut(error.stack, 4000));
  } catch { return settle('MEMORY', '', ''); }
  let message = 'The code threw something that cannot be shown.';
  let stack = '';
  try {
    if (error !== null && typeof error === 'object' && 'message' in error) {
      const name = text(error.name ?? 'Error');
      message = cut(name + ': ' + text(error.message), 2000);
      stack = cut(error.stack ?? '', 4000);
    } else message = cut('Thrown: ' + show(error, 0, []), 2000);
  } catch {}
  settle('UNCAUGHT', message, stack);
}
/** The commands are asked for last: an output may give some while it is written. */
function finish(output, commands = () => '') {
  let result;
  try {
    result = stringify(output);
  } catch (error) {
    if (error instanceof EngineError) return fail(error);
    return settle('OUTPUT_NOT_JSON', 'The output cannot be written as JSON: ' + cut(text(error.message), 500), '');
  }
  settle('OUTPUT', result === undefined ? 'null' : result, '', commands());
}
`;
