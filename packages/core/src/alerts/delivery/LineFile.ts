import { type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The place of a line in its file. */
export interface Place {
  offset: number;
  bytes: number;
}

/**
 * Thrown when another program has cut, deleted, replaced or extended the file since this process wrote it.
 */
export class FileChanged extends Error {}

/** Options for rewriting a file. */
export interface Replacement {
  /** Where the earlier file is kept. */
  keepAt?: string | undefined;
  /** Called right before the new file replaces the earlier one. */
  mayReplace(): boolean;
}

const chunkBytes = 65_536;

/**
 * A file of JSON lines that lines are appended to. Each line is handed to the operating system, so that it
 * survives a kill of the process. No method may be called before the previous call has ended.
 */
export class LineFile {
  readonly path: string;
  #bytes: number;
  #file: FileHandle | undefined;

  /**
   * @param bytes length of the complete lines; any content after them was being written when a process died,
   * and is cut off
   */
  constructor(path: string, bytes: number) {
    this.path = path;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends lines.
   * @returns where each line is
   * @throws FileChanged when another program has changed the file; no line is added then
   * @throws when the disk does not take all lines; no line is added then
   */
  async append(lines: readonly unknown[]): Promise<Place[]> {
    this.#file ??= await this.#open();
    if (!(await this.#isSame(this.#file))) throw new FileChanged();
    const contents = lines.map(contentOf);
    let offset = this.#bytes;
    const places = contents.map(({ length: bytes }): Place => {
      const place = { offset, bytes };
      offset += bytes;
      return place;
    });
    await write(this.#file, Buffer.concat(contents), this.#bytes);
    this.#bytes = offset;
    return places;
  }

  /** Reads a line. @throws when the disk cannot read it */
  async read({ offset, bytes }: Place): Promise<unknown> {
    this.#file ??= await this.#open();
    const line = Buffer.alloc(bytes);
    await this.#file.read(line, 0, bytes, offset);
    return JSON.parse(line.toString('utf8'));
  }

  /**
   * Replaces the file by a new one with only these lines, which may be read from the present file meanwhile.
   * The new file is separate from any file that another process still holds open.
   * @returns where each line is; undefined when the file may not be replaced
   * @throws when the disk does not take all of it; the file then stays as it was
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
        const content = contentOf(line);
        places.push({ offset: bytes, bytes: content.length });
        contents.push(content);
        bytes += content.length;
        if (bytes - written < chunkBytes) continue;
        await write(file, Buffer.concat(contents), written);
        contents = [];
        written = bytes;
      }
      await write(file, Buffer.concat(contents), written);
      await file.sync();
    } catch (error) {
      // On a full disk the draft would take the space that the next attempt needs.
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
    // The file is opened at once, so that a change by another program before the next line is noticed.
    this.#file = await this.#open();
    return places;
  }

  /** Returns whether the file is as this process wrote it; also true while the file was never used. */
  async isUnchanged(): Promise<boolean> {
    return this.#file === undefined || (await this.#isSame(this.#file));
  }

  /** Resolves once the lines survive a crash of the machine. */
  async sync(): Promise<void> {
    await this.#file?.datasync();
  }

  /** Closes the file until it is used again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /**
   * `> file` and logrotate's copytruncate change the length; a deletion or a restore changes the inode behind
   * the path.
   */
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

function contentOf(line: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

/** Writes all of the content or none of it: half a line would spoil the next. */
async function write(file: FileHandle, content: Buffer, offset: number): Promise<void> {
  try {
    for (let done = 0; done < content.length; )
      done += (await file.write(content, done, content.length - done)).bytesWritten;
  } catch (error) {
    await file.truncate(offset);
    throw error;
  }
}

/**
 * Makes a second name for the same file, so that there is a file at all times. A folder cannot have a second
 * name and is renamed.
 */
async function setAside(path: string, at: string): Promise<void> {
  await unlink(at).catch(() => undefined);
  await link(path, at).catch(error => (isAbsent(error) ? undefined : rename(path, at)));
}

/** Moves the draft into place. A folder in its place is set aside. */
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
