/**
 * Returns the body of an answer, unpacked. The connection is closed once the body is larger than `mostBytes`:
 * an endless body would fill the memory before any time limit ends it.
 * @throws Error when it is larger; the error of the connection
 */
export async function textWithin({ body }: Response, mostBytes: number): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
