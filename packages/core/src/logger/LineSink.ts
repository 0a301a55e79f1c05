import { Writable } from 'node:stream';

const mostBytesWaiting = 4 * 1024 * 1024;

/**
 * Writes lines to a stream that may be slow, hang or fail, without ever waiting or throwing. At most 4 MiB
 * wait for the stream; lines beyond that are counted and reported when the stream accepts lines again.
 */
export class LineSink {
  readonly #stream: NodeJS.WritableStream;
  readonly #droppedLine: (count: number) => string;
  readonly #idle = new Set<() => void>();
  #bytesWaiting = 0;
  #linesWaiting = 0;
  #dropped = 0;
  #received = 0;

  constructor(stream: NodeJS.WritableStream, droppedLine: (count: number) => string) {
    this.#stream = stream;
    this.#droppedLine = droppedLine;
    // Without a listener a closed pipe (EPIPE) ends the process. There is no place left to report it to.
    stream.on('error', () => undefined);
  }

  /** The number of lines given to `write` so far. */
  get received(): number {
    return this.#received;
  }

  write(line: string): void {
    this.#received++;
    if (this.#bytesWaiting + Buffer.byteLength(line) > mostBytesWaiting) {
      this.#dropped++;
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#hand(this.#droppedLine(dropped));
    this.#hand(line);
  }

  /** Resolves when the stream has taken every line, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#linesWaiting === 0) return;
    await new Promise<void>(resolve => {
      const done = () => {
        clearTimeout(timer);
        this.#idle.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#idle.add(done);
    });
  }

  /** Returns this sink as the stream that winston needs: it accepts every line at once. */
  asStream(): Writable {
    return new Writable({
      decodeStrings: false,
      write: (line: string, _encoding, callback) => {
        // The callback comes first: a transport that waits for its sink stops all others.
        callback();
        this.write(line);
      },
    });
  }

  #hand(line: string): void {
    const bytes = Buffer.byteLength(line);
    this.#bytesWaiting += bytes;
    this.#linesWaiting++;
    let isTaken = false;
    const taken = () => {
      if (isTaken) return;
      isTaken = true;
      this.#bytesWaiting -= bytes;
      this.#linesWaiting--;
      if (this.#linesWaiting === 0) for (const done of [...this.#idle]) done();
    };
    try {
      this.#stream.write(line, taken);
    } catch {
      taken();
    }
  }
}
