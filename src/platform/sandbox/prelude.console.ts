/** The console: values become lines here, the host takes texts. */
export const consoleLines = String.raw`
function show(value, depth, seen) {
  switch (typeof value) {
    case 'string': return depth === 0 ? value : stringify(value);
    case 'bigint': return text(value) + 'n';
    case 'symbol': return value.toString();
    case 'function': return '[Function ' + (value.name || 'anonymous') + ']';
    case 'object': break;
    default: return text(value);
  }
  if (value === null) return 'null';
  if (seen.includes(value)) return '[Circular]';
  if (value instanceof Error) return cut(text(value.name) + ': ' + text(value.message) + '\n' + text(value.stack), 4000).trimEnd();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return text(value);
  if (value instanceof URL || value instanceof URLSearchParams) return text(value);
  if (depth > 4) return Array.isArray(value) ? '[Array]' : '[Object]';
  const inner = [...seen, value];
  const list = (items) => (items.length > 100 ? [...items.slice(0, 100), '… ' + (items.length - 100) + ' more'] : items);
  const show1 = (item) => show(item, depth + 1, inner);
  if (Array.isArray(value)) return '[' + list(value.slice(0, 101).map(show1).concat(value.length > 101 ? new Array(value.length - 101) : [])).join(', ') + ']';
  if (value instanceof Map) return 'Map(' + value.size + ') {' + list([...value].map(([key, item]) => show1(key) + ' => ' + show1(item))).join(', ') + '}';
  if (value instanceof Set) return 'Set(' + value.size + ') {' + list([...value].map(show1)).join(', ') + '}';
  if (value instanceof Promise) return 'Promise {}';
  const name = value.constructor && value.constructor !== Object && value.constructor.name;
  return (name ? name + ' ' : '') + '{' + list(Object.keys(value).map((key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : stringify(key)) + ': ' + show1(value[key]))).join(', ') + '}';
}
function format(args) {
  let first = '';
  if (typeof args[0] === 'string' && args.length > 1 && args[0].includes('%')) {
    let next = 1;
    first = args[0].replace(/%([sdifjoOc%])/g, (whole, kind) => {
      if (kind === '%') return '%';
      if (next >= args.length) return whole;
      const value = args[next++];
      if (kind === 'c') return '';
      if (kind === 's') return show(value, 0, []);
      if (kind === 'd') return text(Number(value));
      if (kind === 'i') return text(parseInt(value, 10));
      if (kind === 'f') return text(parseFloat(value));
      return kind === 'j' ? text(stringify(value)) : show(value, 1, []);
    });
    args = args.slice(next);
    if (args.length === 0) return first;
    first += ' ';
  }
  return first + args.map((value) => show(value, 0, [])).join(' ');
}
let indent = '';
let printing = true;
function print(level, args) {
  if (!printing) return;
  let line;
  try {
    line = format(args);
    line = cut(indent === '' ? line : indent + line.replace(/\n/g, '\n' + indent), 16000);
  } catch { line = '[a value that cannot be shown]'; }
  printing = host.log(level, line);
}
const console = {
  debug: (...args) => print('DEBUG', args),
  trace: (...args) => print('DEBUG', args),
  log: (...args) => print('INFO', args),
  info: (...args) => print('INFO', args),
  dir: (value) => print('INFO', [value]),
  table: (value) => print('INFO', [value]),
  warn: (...args) => print('WARN', args),
  error: (...args) => print('ERROR', args),
  assert: (condition, ...args) => { if (!condition) print('ERROR', ['Assertion failed' + (args.length > 0 ? ':' : ''), ...args]); },
  group: (...args) => { if (args.length > 0) print('INFO', args); indent = (indent + '  ').slice(0, 40); },
  groupEnd: () => { indent = indent.slice(2); },
};
hide('console', console);
`;
