import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

/** Thrown when the reply is too large to be read into memory. */
export class ReplyTooLarge extends Error {
  constructor(mostBytes: number) {
    super(`the answer is larger than ${mostBytes} bytes`);
  }
}

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const gzip: Unpack = promisify(gunzip);
const brotli: Unpack = promisify(brotliDecompress);
/** Servers send both formats under this name. */
const deflate: Unpack = async (bytes, options) => {
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8;
  return isZlib ? promisify(inflate)(bytes, options) : promisify(inflateRaw)(bytes, options);
};

/** Only gzip is requested; gateways send other encodings all the same. */
const unpackers: Readonly<Record<string, Unpack>> = {
  gzip,
  'x-gzip': gzip,
  deflate,
  'x-deflate': deflate,
  br: brotli,
};
/** A body with more layers of compression than this is no reply. */
const mostLayers = 3;

/**
 * Unpacks the body of a reply. The header's names may be in any case, there may be several, and the body may
 * not be compressed at all: gzip is recognised by its first bytes.
 * @param encoding the header `Content-Encoding`, the outermost layer last
 * @param mostBytes limit of each layer
 * @throws ReplyTooLarge; the error of the compression, with a `code`
 */
export async function unpacked(
  body: Buffer,
  encoding: string | undefined,
  mostBytes: number,
): Promise<Buffer> {
  const named = (encoding ?? '').toLowerCase().split(',');
  const layers = named.map(name => name.trim()).filter(name => name !== '' && name !== 'identity');
  let bytes = body;
  for (const name of layers.reverse().slice(0, mostLayers)) {
    const unpack = unpackers[name];
    const isPlain = unpack === gzip && !startsAsGzip(bytes);
    if (unpack && !isPlain) bytes = await bounded(unpack, bytes, mostBytes);
  }
  return startsAsGzip(bytes) ? bounded(gzip, bytes, mostBytes) : bytes;
}

async function bounded(unpack: Unpack, bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? new ReplyTooLarge(maxOutputLength)
      : error;
  }
}

/** No JSON begins with these two bytes. */
function startsAsGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
