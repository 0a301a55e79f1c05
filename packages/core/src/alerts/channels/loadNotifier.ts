import { fileURLToPath } from 'node:url';
import { withDeadline } from '../../clock/index.ts';
import type { Plain } from '../../logger/index.ts';

export interface Report {
  /** The text of the alert. */
  text: string;
  /** The error behind the alert, with its causes. When empty, the item is a message. */
  traces: readonly Trace[];
  /** The fields of `data` beside the body and the description of the notifier. */
  fields: Readonly<Record<string, unknown>>;
}

/** The body of a post to Rollbar: https://docs.rollbar.com/reference/create-item */
export interface Item {
  data: Record<string, unknown>;
}

export interface Notifier {
  /** Builds an item with rollbar.js, or without it where that fails or takes too long. Never rejects. */
  build(report: Report): Promise<Item>;
}

type Library = typeof import('rollbar')['default'];
type Truncation = (item: unknown, jsonBackup: undefined, maxBytes: number) => { value?: string };

/** Reading the code around the frames may hang with the disk, and the alert may be about that disk. */
const buildMs = 2_000;
/** Below the limit at which `post` would cut the item from its end. */
const maxItemBytes = 200 * 1_024;

/**
 * Loads rollbar.js, only in processes with a token, and builds items with it: it reads the code around each
 * frame and shortens long values. It neither sends (it has no timeout) nor watches the process.
 */
export function loadNotifier(load: () => Promise<Loaded> = loadLibrary): Notifier {
  const loading = load().catch(() => undefined);
  return {
    async build(report) {
      const building = loading.then(library => library && built(report, library));
      const item = await withDeadline(building, buildMs, () => new Error('too late')).catch(() => undefined);
      return item ?? plainItem(report);
    },
  };
}

interface Loaded {
  Rollbar: Library;
  truncate: Truncation;
}

async function loadLibrary(): Promise<Loaded> {
  const [{ default: Rollbar }, { default: truncation }] = await Promise.all([
    import('rollbar'),
    import('rollbar/src/truncation'),
  ]);
  return { Rollbar, truncate: (truncation as unknown as { truncate: Truncation }).truncate };
}

async function built(report: Report, { Rollbar, truncate }: Loaded): Promise<Item> {
  const { text, traces, fields } = report;
  const data = await dataOf(errorOf(traces) ?? text, Rollbar);
  const { name, version } = data.notifier as Record<string, unknown>;
  const body = data.body as {
    trace_chain?: { exception: { message: string } }[];
    message?: { body: string };
  };
  for (const [index, { exception }] of (body.trace_chain ?? []).entries())
    exception.message = index === 0 ? text : (traces[index]?.message ?? '');
  // Where no code could be read, the library has made a message of the error instead.
  if (body.message) body.message.body = text;
  // The library adds copies of its own options, the error and the command line, which are left out.
  const { language, framework } = data;
  const item = { data: { language, framework, ...fields, notifier: { name, version }, body } };
  const { value } = truncate(item, undefined, maxItemBytes);
  return JSON.parse(value ?? '') as Item;
}

/**
 * Builds the data of an item. Each item has an instance of its own, since the library hands over its result
 * through the instance's options.
 */
function dataOf(what: string | Error, Rollbar: Library): Promise<Record<string, unknown>> {
  return new Promise(resolve => {
    let data: Record<string, unknown> = {};
    const rollbar = new Rollbar({
      accessToken: 'of the channel',
      transmit: false,
      // The library would write to the console.
      logLevel: 'disable' as 'error',
      captureUncaught: false,
      captureUnhandledRejections: false,
      autoInstrument: false,
      includeItemsInTelemetry: false,
      scrubFields: [],
      scrubHeaders: [],
      transform: given => {
        data = given;
      },
    });
    rollbar.error(what, () => resolve(data));
  });
}

/**
 * Returns the error in the form that rollbar.js takes. The message is set afterwards: rollbar.js would read a
 * message with lines such as `> 3| code` as a template's error.
 */
function errorOf([first, ...causes]: readonly Trace[]): Error | undefined {
  if (!first) return undefined;
  const error = new Error('', { cause: errorOf(causes) });
  error.name = first.name;
  error.stack = [first.name, ...first.frames].join('\n');
  return error;
}

function plainItem({ text, fields }: Report): Item {
  const notifier = { name: 'service-bots', version: fields.code_version };
  return {
    data: {
      language: 'javascript',
      framework: 'node-js',
      ...fields,
      notifier,
      body: { message: { body: text } },
    },
  };
}

/** An error as it was serialised into an alert's data. */
export interface Trace {
  name: string;
  message: string;
  /** Lines that begin with `at`, without name and message. */
  frames: string[];
}

/** rollbar.js matches each line with an expression whose time grows with the square of the length. */
const longestLine = 500;
const mostFrames = 60;

/**
 * Returns an error and its causes, outermost first; empty where the value is no error with a stack. A
 * module's URL in a frame becomes a path, since rollbar.js reads code from paths alone. Children of an
 * AggregateError are left out.
 */
export function tracesOf(value: Plain | undefined): Trace[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { name, message, stack, cause } = value;
  if (typeof stack !== 'string') return [];
  const trace = {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    frames: framesOf(stack),
  };
  return [trace, ...tracesOf(cause)];
}

function framesOf(stack: string): string[] {
  const frames = stack.split('\n').filter(line => /^ {4}at /.test(line) && line.length <= longestLine);
  return frames
    .slice(0, mostFrames)
    .map(line => line.replace(/file:\/\/\/[^\s()]+/, pathOf))
    .map(readable);
}

/**
 * rollbar.js reads any file that a frame names, and sends some lines of it. An error may be a node's own words, and name
 * a file of keys, or a device that never ends. So only names of code are left as paths.
 */
function readable(line: string): string {
  return /\.[cm]?[jt]sx?:\d+:\d+\)?$/.test(line) ? line : line.replace(/(?<=[ (])(?=[./])/g, 'file:');
}

/** Returns the path of a module's URL. @param url with line and column at its end */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
