// SPDX-License-Identifier: ISC
// Medians, ratios within a round, and the tables made of them.
import { readFileSync, writeFileSync } from 'node:fs';
import { peerRows, rows } from './plan.js';

function median(values) {
	const sorted = values.filter((value) => Number.isFinite(value))
		.sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	if (sorted.length === 0)
		return undefined;
	return sorted.length % 2 ? sorted[middle] :
		(sorted[middle - 1] + sorted[middle]) / 2;
}

// results[task][subject] = one set of figures for each turn of each round
function figures(results, task, subject, name) {
	const sets = (results[task] || {})[subject] || [];
	return sets.map((set) => set ? set[name] : undefined);
}

function ratio(above, below) {
	return median(above.map((value, i) => value / below[i]));
}

function judge(results, row) {
	const { of = 'bridge', over, task, figure } = row;
	const own = figures(results, task, of, figure);
	let value = median(own);
	if (over)
		value = ratio(own, over in results ?
			figures(results, over, of, figure) :
			figures(results, task, over, figure));
	return { value, met: !(value > row.most || value < row.least) };
}

const shown = (value) => value === undefined ? '' :
	value >= 1000 ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') :
		value >= 100 ? value.toFixed(0) :
			value >= 10 ? value.toFixed(1) : value.toFixed(2);

const bound = (row) => row.most ? `≤ ${row.most}` :
	row.least ? `≥ ${row.least}` : '';

/** The rows that were measured, as a table in Markdown. */
export function table(results, subjects, short) {
	const line = (cells) => `| ${cells.join(' | ')} |`;
	const columns = ['', ...subjects, 'ratio', 'bound', ''];
	const lines = [line(columns),
		`|---${'|---:'.repeat(columns.length - 1)}|`];
	for (const row of rows) {
		const verdict = judge(results, row);
		if (verdict.value === undefined || (short && !row.short))
			continue;
		lines.push(line([row.title,
			...subjects.map((subject) => shown(median(
				figures(results, row.task, subject, row.figure)))),
			row.over ? verdict.value.toFixed(2) : '', bound(row),
			verdict.met ? '' : 'missed']));
	}
	return lines.join('\n');
}

/** What another bridge costs, in times of ours. */
export function peerLine(results, command) {
	const times = peerRows.map(({ title, task, figure, least }) => {
		const value = ratio(figures(results, task, 'peer', figure),
			figures(results, task, 'bridge', figure));
		return `${title} × ${value ? value.toFixed(0) : '?'} (≥ ${least})`;
	});
	return `Peer: \`${command}\`, over the bridge: ${times.join(', ')}.`;
}

/** Puts `text` between the two marks of a document. */
export function replaceFigures(file, text) {
	const [before, , after] = readFileSync(file, 'utf8')
		.split(/<!-- \/?figures -->\n/);
	writeFileSync(file,
		`${before}<!-- figures -->\n${text}\n<!-- /figures -->\n${after}`);
}
