/**
 * How a handler of a trigger point is called: `(event, api)`, beside what CommonJS code finds. All of it is made before user code is
 * evaluated; a call that runs an action has none of it.
 */
export const api = String.raw`
const { freeze, keys, create, hasOwn } = Object;
const split = Function.prototype.call.bind(String.prototype.split);
const common = { exports: {} };
const firstExports = common.exports;
let event, api, recorded = '', count = 0, most = 0;

function frozen(value) {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return value;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) frozen(value[names[i]]);
  return freeze(value);
}
function tooMany(message) {
  // Not for the code to catch: what it meant to command after this would be missing.
  settle('TOO_MANY', message, '');
  throw new RangeError(message);
}
function jsonOf(command, at, value) {
  const place = 'api.' + command + ': argument ' + (at + 1);
  let json;
  try { json = stringify(value); } catch (error) {
    if (error instanceof EngineError) throw error;
    let why = '';
    try { why = ': ' + cut(text(error.message), 500); } catch {}
    throw new TypeError(place + ' cannot be written as JSON' + why);
  }
  if (json === undefined || (typeof value === 'number' && value - value !== 0))
    throw new TypeError(place + ' is not JSON: ' + (typeof value === 'number' ? 'a number that is not finite' : typeof value));
  return json;
}
function record(command, args) {
  let list = '';
  for (let i = 0; i < args.length; i++) list += (i === 0 ? '' : ',') + jsonOf(command, i, args[i]);
  const entry = (count === 0 ? '' : ',') + '{"command":' + stringify(command) + ',"arguments":[' + list + ']}';
  if (count === 1000) tooMany('One call of a handler gives at most 1000 commands.');
  if (recorded.length + entry.length > most) tooMany('The commands are larger than ' + most + ' bytes of JSON.');
  recorded += entry;
  count += 1;
  return api;
}
/** The names come sorted, so that a command stands before those below it. */
function apiOf(names) {
  const root = create(null);
  for (const name of names) {
    const parts = split(name, '.');
    let node = root;
    for (const [at, part] of parts.entries()) {
      if (!hasOwn(node, part)) {
        const value = at === parts.length - 1 ? (...args) => record(name, args) : create(null);
        define(node, part, { value, enumerable: true, configurable: true });
      }
      node = node[part];
    }
  }
  return frozen(root);
}
function open(eventText, commandNames, bytes) {
  event = frozen(parse(eventText));
  api = apiOf(parse(commandNames));
  most = bytes;
  hide('module', common);
  hide('exports', common.exports);
  hide('require', function require(name) {
    const wanted = cut(name, 200);
    throw new Error("require('" + wanted + "'): add " + wanted + ' to the dependencies of the action');
  });
}
/** An ES export comes before a CommonJS one, the name before what stands for all; a bundled CommonJS file is one default export. */
function handlerIn(exported, name, orDefault) {
  const isFunction = (value) => typeof value === 'function';
  const within = (value) => (value !== null && (typeof value === 'object' || isFunction(value)) ? value[name] : undefined);
  const named = exported[name];
  if (isFunction(named)) return named;
  const own = common.exports, required = within(own);
  if (isFunction(required)) return required;
  const whole = exported.default;
  if (orDefault && isFunction(whole)) return whole;
  if (orDefault && own !== firstExports && isFunction(own)) return own;
  const bundled = within(whole);
  return isFunction(bundled) ? bundled : null;
}
async function handle(module, name, orDefault) {
  try {
    const found = handlerIn(await module, name, orDefault);
    if (found === null) return settle('SYNTAX', 'The code has no handler ' + name + '. It needs a function of this name: export async function ' + name + '(event, api) {}, or exports.' + name + ' = async (event, api) => {}' + (orDefault ? ', or a default export that is a function.' : '.'), '');
    const output = await found(event, api);
    // What an arrow function without braces returns whose last call is a command.
    finish(output === api ? null : output, () => '[' + recorded + ']');
  } catch (error) { fail(error); }
}
`;
