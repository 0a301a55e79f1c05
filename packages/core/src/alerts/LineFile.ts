import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Where a line is in its file. */
export interface Place {
  offset: number;
  bytes: number;
}

/** A file that is being synced keeps its writers waiting, so not with every line. */
const syncAfterMs = 200;

/**
 * A file of JSON that lines are added to. Each is handed to the operating system before the call returns, so that a
 * killed process has forgotten nothing, and synced in the background, for the machine.
 */
export class LineFile {
  readonly path: string;
  #bytes: number;
  #file: number | undefined;
  #isSyncing = false;

  /** @param bytes of its lines that are whole: what comes after was being written when a process died, and is cut off */
  constructor(path: string, bytes: number) {
    this.path = path;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws when the disk does not take all of it; then nothing of it is there */
  append(line: unknown): Place {
    this.#file ??= this.#open();
    const place = write(this.#file, line, this.#bytes);
    this.#bytes += place.bytes;
    this.#syncSoon();
    return place;
  }

  /** @throws when the disk does not give it back */
  read({ offset, bytes }: Place): unknown {
    this.#file ??= this.#open();
    const line = Buffer.alloc(bytes);
    readSync(this.#file, line, 0, bytes, offset);
    return JSON.parse(line.toString('utf8'));
  }

  /**
   * The file anew, with nothing in it but these lines, which may be read from it meanwhile. A file of its own: what
   * another process still has open is not this one any more.
   * @param keepAt where what was there is kept
   * @returns where each line is
   * @throws when the disk does not take all of it; then the file is as it was
   */
  replace(lines: Iterable<unknown>, keepAt?: string): Place[] {
    const draft = `${this.path}.new`;
    mkdirSync(dirname(this.path), { recursive: true });
    const file = openSync(draft, 'w+', 0o600);
    const places: Place[] = [];
    let bytes = 0;
    try {
      for (const line of lines) {
        const place = write(file, line, bytes);
        places.push(place);
        bytes += place.bytes;
      }
      fsyncSync(file);
    } catch (error) {
      // On a disk that is full it would be in its own way.
      rmSync(draft, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    if (keepAt !== undefined) renameSync(this.path, keepAt);
    renameSync(draft, this.path);
    this.close();
    this.#bytes = bytes;
    return places;
  }

  /** Lets go of the file until it is used again. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    const file = openSync(this.path, 'a+', 0o600);
    ftruncateSync(file, this.#bytes);
    return file;
  }

  /** Never in the way of the caller. */
  #syncSoon(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    setTimeout(() => this.#sync(), syncAfterMs).unref();
  }

  #sync(): void {
    const done = () => {
      this.#isSyncing = false;
    };
    if (this.#file === undefined) done();
    else fdatasync(this.#file, done);
  }
}

/** All of it or nothing: half a line would spoil the next. */
function write(file: number, line: unknown, offset: number): Place {
  const content = Buffer.from(`${JSON.stringify(line)}\n`);
  try {
    for (let done = 0; done < content.length; ) done += writeSync(file, content, done);
  } catch (error) {
    ftruncateSync(file, offset);
    throw error;
  }
  return { offset, bytes: content.length };
}
