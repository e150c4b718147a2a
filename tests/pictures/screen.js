// SPDX-License-Identifier: ISC
// As much of a terminal as the program uses: lines of cells, a cursor, colours.

const blank = { char: ' ', style: '' };

export class Screen {
  lines = [[]];
  row = 0;
  column = 0;
  style = new Set();

  write(text) {
    for (const [token, escape, parameters, command] of text.matchAll(/(\x1b\[([\d;?]*)([A-Za-z]))|[^\x1b]|\x1b/gu)) {
      if (escape) this.obey(command, parameters);
      else this.put(token);
    }
    return this;
  }

  put(char) {
    if (char === '\n') {
      this.row += 1;
      this.lines[this.row] ??= [];
    } else if (char === '\r') {
      this.column = 0;
    } else if (char >= ' ') {
      const line = this.lines[this.row];
      while (line.length < this.column) line.push(blank);
      line[this.column] = { char, style: [...this.style].join(' ') };
      this.column += 1;
    }
  }

  obey(command, parameters) {
    const number = Number(parameters) || 0;
    if (command === 'm') for (const code of parameters.split(';')) this.render(Number(code) || 0);
    else if (command === 'K') this.lines[this.row].length = Math.min(this.lines[this.row].length, number === 2 ? 0 : this.column);
    else if (command === 'A') this.row = Math.max(0, this.row - (number || 1));
    else if (command === 'G') this.column = Math.max(0, number - 1);
    else if (command === 'J') this.lines.length = this.row + 1;
  }

  render(code) {
    const names = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 34: 'blue', 35: 'magenta', 36: 'cyan', 90: 'dim' };
    if (code === 0) this.style.clear();
    else if (names[code]) this.style.add(names[code]);
  }

  /** Each line as runs of one style: [{ text, style }]. */
  runs() {
    return this.lines.map((line) => {
      const runs = [];
      for (const { char, style } of line) {
        if (runs.at(-1)?.style === style) runs.at(-1).text += char;
        else runs.push({ text: char, style });
      }
      return runs;
    });
  }
}
