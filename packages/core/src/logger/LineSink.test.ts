import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { timed } from '@service-bots/devnet';
import { LineSink } from './LineSink.ts';

describe('LineSink', () => {
  it('default', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, callback) => callback(void lines.push(String(chunk))),
    });
    const sink = new LineSink(stream, count => `${count} dropped\n`);
    sink.write('a\n');
    await sink.flush(1000);
    expect(lines).toEqual(['a\n']);
    expect(sink.received).toBe(1);
  });

  it('behavior: beyond 4 MiB lines are dropped, counted, and the count is written when there is room', async () => {
    const lines: string[] = [];
    const waiting: (() => void)[] = [];
    let isSlow = true;
    const stream = new Writable({
      write: (chunk, _encoding, callback) => {
        lines.push(String(chunk));
        if (isSlow) waiting.push(callback);
        else callback();
      },
    });
    const sink = new LineSink(stream, count => `${count} dropped\n`);
    const mebibyte = `${'x'.repeat(1024 * 1024 - 1)}\n`;
    for (let index = 0; index < 7; index++) sink.write(mebibyte);
    isSlow = false;
    for (const callback of waiting) callback();
    await sink.flush(1000);
    sink.write('again\n');
    await sink.flush(1000);
    expect(lines.map(line => line.slice(0, 9))).toEqual([
      ...Array.from({ length: 4 }, () => 'xxxxxxxxx'),
      '3 dropped',
      'again\n',
    ]);
  });

  it('behavior: flush gives up after its time', async () => {
    const sink = new LineSink(new Writable({ write: () => undefined }), String);
    sink.write('a\n');
    expect((await timed(() => sink.flush(30))).ms).toBeLessThan(1000);
  });
});
