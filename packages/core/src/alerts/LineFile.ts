import type { FileHandle } from 'node:fs/promises';
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where a line is in its file. */
export interface Place {
  offset: number;
  bytes: number;
}

/** The file is not what this process wrote: it was cut, deleted, replaced or added to by another program. */
export class FileChanged extends Error {}

/** How a file is written anew. */
export interface Replacement {
  /** Where the file that was there is kept. */
  keepAt?: string | undefined;
  /** Asked right before the new file takes the place of the other one. */
  mayReplace(): boolean;
}

const chunkBytes = 65_536;

/**
 * A file of JSON that lines are added to. Each line is handed to the operating system, so that a process that is killed
 * later has forgotten nothing. No method may be called before the one before has ended.
 */
export class LineFile {
  readonly path: string;
  #bytes: number;
  #file: FileHandle | undefined;

  /** @param bytes of its lines that are whole: what comes after was being written when a process died, and is cut off */
  constructor(path: string, bytes: number) {
    this.path = path;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @returns where each line is
   * @throws FileChanged when the file is not what was written here; no line is in it then
   * @throws when the disk does not take all of them; then none is there
   */
  async append(lines: readonly unknown[]): Promise<Place[]> {
    this.#file ??= await this.#open();
    if (!(await this.#isSame(this.#file))) throw new FileChanged();
    const places: Place[] = [];
    const contents: Buffer[] = [];
    let offset = this.#bytes;
    for (const line of lines) offset += add(line, offset, places, contents);
    await write(this.#file, Buffer.concat(contents), this.#bytes);
    this.#bytes = offset;
    return places;
  }

  /** @throws when the disk does not give it back */
  async read({ offset, bytes }: Place): Promise<unknown> {
    this.#file ??= await this.#open();
    const line = Buffer.alloc(bytes);
    await this.#file.read(line, 0, bytes, offset);
    return JSON.parse(line.toString('utf8'));
  }

  /**
   * The file anew, with nothing in it but these lines, which may be read from it meanwhile. A file of its own: what
   * another process still has open is not this one any more.
   * @returns where each line is; undefined when it may not be replaced
   * @throws when the disk does not take all of it; then the file is as it was
   */
  async replace(
    lines: AsyncIterable<unknown>,
    { keepAt, mayReplace }: Replacement,
  ): Promise<Place[] | undefined> {
    const draft = `${this.path}.new`;
    await mkdir(dirname(this.path), { recursive: true });
    const places: Place[] = [];
    let bytes = 0;
    await unlink(draft).catch(absent);
    const file = await open(draft, 'wx', 0o600);
    try {
      let contents: Buffer[] = [];
      let written = 0;
      for await (const line of lines) {
        bytes += add(line, bytes, places, contents);
        if (bytes - written < chunkBytes) continue;
        await write(file, Buffer.concat(contents), written);
        contents = [];
        written = bytes;
      }
      await write(file, Buffer.concat(contents), written);
      await file.sync();
    } catch (error) {
      // On a disk that is full it would be in its own way.
      await unlink(draft).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    if (!mayReplace()) return undefined;
    if (keepAt !== undefined) await setAside(this.path, keepAt);
    await takePlace(draft, this.path);
    await this.close();
    this.#bytes = bytes;
    // Opened at once: a program that changes the file before the next line is noticed.
    this.#file = await this.#open();
    return places;
  }

  /** Whether the file holds what was written here; true, too, while it was never used. */
  async isUnchanged(): Promise<boolean> {
    return this.#file === undefined || (await this.#isSame(this.#file));
  }

  /** Waits until the machine itself may fail. */
  async sync(): Promise<void> {
    await this.#file?.datasync();
  }

  /** Lets go of the file until it is used again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** `> file` and logrotate's copytruncate change the length, a deletion or a restore what the path leads to. */
  async #isSame(file: FileHandle): Promise<boolean> {
    const opened = await file.stat();
    const found = await stat(this.path).catch(absent);
    return found?.ino === opened.ino && found.dev === opened.dev && opened.size === this.#bytes;
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, 'a+', 0o600);
    try {
      if ((await file.stat()).size < this.#bytes) throw new FileChanged();
      await file.truncate(this.#bytes);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** @returns how many bytes the line takes */
function add(line: unknown, offset: number, places: Place[], contents: Buffer[]): number {
  const content = Buffer.from(`${JSON.stringify(line)}\n`);
  places.push({ offset, bytes: content.length });
  contents.push(content);
  return content.length;
}

/** All of it or nothing: half a line would spoil the next. */
async function write(file: FileHandle, content: Buffer, offset: number): Promise<void> {
  try {
    for (let done = 0; done < content.length; )
      done += (await file.write(content, done, content.length - done)).bytesWritten;
  } catch (error) {
    await file.truncate(offset);
    throw error;
  }
}

/** A second name for the same file, so that at no time there is none; a folder cannot have one. */
async function setAside(path: string, at: string): Promise<void> {
  await unlink(at).catch(() => undefined);
  await link(path, at).catch(error => (isAbsent(error) ? undefined : rename(path, at)));
}

/** A folder in the way is set aside. */
async function takePlace(draft: string, path: string): Promise<void> {
  try {
    await rename(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    await rename(path, `${path}.unreadable`);
    await rename(draft, path);
  }
}

function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}
