// SPDX-License-Identifier: ISC
// Hosts' settings as the hosts read them: each language by a parser of its own
// that has nothing in common with the program's.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseJsonc } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';

const samples = fileURLToPath(new URL('../samples/', import.meta.url));

function jsonc(text) {
  const errors = [];
  const value = parseJsonc(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  if (errors.length > 0) throw new Error(`no JSONC: ${JSON.stringify(errors)}`);
  return value;
}

const usual = { parse: JSON.parse, section: 'mcpServers', start: ({ command, args, env }) => ({ command, args, env }) };

/** file: below the home; sample: a real one; parse: as the host does. */
export const hosts = {
  'claude-desktop': { ...usual, file: '.config/Claude/claude_desktop_config.json', sample: 'claude_desktop_config.json' },
  'claude-code': { ...usual, file: '.claude.json', sample: 'claude.json', project: '.mcp.json' },
  vscode: { ...usual, file: '.config/Code/User/mcp.json', sample: 'vscode-mcp.json', parse: jsonc, section: 'servers', project: '.vscode/mcp.json' },
  cursor: { ...usual, file: '.cursor/mcp.json', sample: 'cursor-mcp.json', project: '.cursor/mcp.json' },
  zed: { ...usual, file: '.config/zed/settings.json', sample: 'zed-settings.json', parse: jsonc, section: 'context_servers', project: '.zed/settings.json' },
  windsurf: { ...usual, file: '.codeium/windsurf/mcp_config.json', sample: 'windsurf-mcp_config.json' },
  codex: { ...usual, file: '.codex/config.toml', sample: 'codex-config.toml', parse: parseToml, section: 'mcp_servers', project: '.codex/config.toml' },
  goose: {
    file: '.config/goose/config.yaml', sample: 'goose-config.yaml', parse: parseYaml, section: 'extensions',
    start: ({ cmd, args, envs }) => ({ command: cmd, args, env: envs }),
  },
  gemini: { ...usual, file: '.gemini/settings.json', sample: 'gemini-settings.json', project: '.gemini/settings.json' },
  junie: { ...usual, file: '.junie/mcp/mcp.json', sample: 'claude_desktop_config.json', project: '.junie/mcp/mcp.json' },
};

/** The sample of a host's file where the host would have it; its path. */
export function installSample(home, id) {
  const path = join(home, hosts[id].file);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(samples, hosts[id].sample), path);
  return path;
}

/** The settings, and the entries in them. */
export function readSettings(id, path) {
  const settings = hosts[id].parse(readFileSync(path, 'utf8'));
  return { settings, entries: settings[hosts[id].section] ?? {} };
}
