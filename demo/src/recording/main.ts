import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { finalScreen } from './screen.ts';
import { terminalSvg } from './svg.ts';

const columns = 100;
const demo = fileURLToPath(new URL('../main.js', import.meta.url));
const [act, file] = process.argv.slice(2);

// `pnpm record`: plays an act in a separate terminal and draws its final screen.
if (act === undefined || file === undefined) {
  process.stderr.write('usage: node dist/recording/main.js <act> <file.svg>\n');
  process.exitCode = 2;
} else {
  const output = await recorded(
    `stty cols ${columns} rows 50; ACT='${act}' exec '${process.execPath}' '${demo}' --once`,
  );
  const lines = finalScreen(output);
  const widest = Math.max(...lines.map(spans => spans.map(({ text }) => text).join('').length));
  if (widest > columns) throw new Error(`a line of ${widest} columns does not fit the picture's ${columns}`);
  await writeFile(file, terminalSvg(lines, columns, `make demo ACT=${act} ONCE=1`));
}

/**
 * Returns the output of a shell command to a separate terminal, by util-linux' `script`.
 * @throws Error with the output when the command fails
 */
async function recorded(command: string): Promise<string> {
  const { CI: _, NO_COLOR: __, ...env } = process.env;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { ...env, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`the demo failed (${code}):\n${output}`);
  return output;
}
