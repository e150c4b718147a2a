// SPDX-License-Identifier: ISC
// Odd but valid JSON, the same on every run: numbers no double can hold, keys in
// unusual order and twice, escapes and raw UTF-8, deep nesting, white space.

/** A small generator of pseudo-random numbers (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const numbers = [
  '0', '-0', '0.0', '-0.0e-0', '1E400', '1e-400', '9007199254740993', '-9223372036854775808', '18446744073709551616',
  '1.10', '1.0', '100E-2', '3.141592653589793238462643383279', `${'7'.repeat(400)}`, `0.${'1'.repeat(300)}e+12`,
];
const strings = [
  '""', '"\\u0000"', '"\\u0041\\u00e4\\u20AC"', '"\\ud83d\\ude00"', '"😀 Grüße 世界 \u200f\u202e"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"',
  '"\u007f\u0080\u2028\u2029\ufeff\uffff"', '"</script><!--"', '"${HOME} %s \'; rm -rf /"', '"\\ud800"', '"e\u0301"',
];
const literals = ['true', 'false', 'null', '[]', '{}', '[ ]', '{\t}'];

/** `count` JSON values of about `size` bytes each, as text. */
export function oddValues(count, size, { newlines = false, seed = 1 } = {}) {
  const random = generator(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const gap = () => (random() < 0.8 ? '' : pick(newlines ? [' ', '\t', '\n', '\r\n', '  \n  '] : [' ', '\t', '   ']));
  const keys = ['"a"', '"jsonrpc"', '"id"', '"method"', '"result"', '"\\u0061"', '"zß"', '""', '"__proto__"', '"1"', '"params"'];

  function scalar() {
    const kind = random();
    if (kind < 0.4) return pick(numbers);
    return kind < 0.85 ? pick(strings) : pick(literals);
  }

  function value(budget, depth) {
    if (budget < 40 || depth > 40) return scalar();
    const isObject = random() < 0.6;
    const parts = [];
    for (let left = budget; left > 0;) {
      const part = value(Math.min(left, Math.floor(budget * random())), depth + 1);
      parts.push(isObject ? `${gap()}${pick(keys)}${gap()}:${gap()}${part}` : `${gap()}${part}`);
      left -= part.length + 8;
    }
    const [open, close] = isObject ? '{}' : '[]';
    return `${open}${parts.join(`${gap()},`)}${gap()}${close}`;
  }

  const deep = `${'[{"d":'.repeat(90)}0${'}]'.repeat(90)}`;
  return Array.from({ length: count }, (_, n) => (n % 50 === 0 ? deep : value(size, 0)));
}
