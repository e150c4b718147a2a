// SPDX-License-Identifier: ISC
// Lines of a terminal as an SVG that appear one after another, and all at once
// for whoever wants no motion.

const cell = { width: 8.43, height: 19 };
const margin = { side: 20, top: 46, bottom: 18 };

const escape = (text) => text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]);

const css = `
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d8dee9; white-space: pre }
.bold { font-weight: 700; fill: #fff } .dim { fill: #7f8c9d } .red { fill: #ff7b72 } .green { fill: #7ee787 }
.yellow { fill: #e3b341 } .blue { fill: #79c0ff } .magenta { fill: #d2a8ff } .cyan { fill: #76e3ea }
.line { opacity: 0; animation: appear .01s linear forwards }
@keyframes appear { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .line { opacity: 1; animation: none } }
`;

/** `lines`: [{ runs, at }], `at` in seconds. */
export function drawing(lines, { columns, title }) {
  const width = Math.ceil(columns * cell.width + 2 * margin.side);
  const height = lines.length * cell.height + margin.top + margin.bottom;
  const spans = (runs) => {
    let column = 0;
    return runs.map(({ text, style }) => {
      const x = (margin.side + column * cell.width).toFixed(1);
      const length = [...text].length;
      column += length;
      if (!text.trim()) return '';
      return `<tspan x="${x}" textLength="${(length * cell.width).toFixed(1)}"${style ? ` class="${style}"` : ''}>${escape(text)}</tspan>`;
    }).join('');
  };
  const rows = lines.map(({ runs, at }, row) => {
    const text = spans(runs);
    return text && `<text class="line" style="animation-delay:${at.toFixed(2)}s" y="${margin.top + (row + 0.75) * cell.height}">${text}</text>\n`;
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map((fill, n) => `<circle cx="${20 + n * 18}" cy="20" r="6" fill="${fill}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>${css}</style>
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
${dots.join('')}
${rows.join('')}</svg>
`;
}
