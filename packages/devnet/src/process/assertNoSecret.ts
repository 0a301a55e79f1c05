/**
 * Returns every spelling of a secret. It is a separate implementation, so that the redactor does not test
 * itself.
 */
export function spellings(secret: string): string[] {
  const bare = secret.replace(/^0x/, '');
  const texts = [secret, bare, bare.toUpperCase(), `0X${bare.toUpperCase()}`, encodeURIComponent(secret)];
  const isHex = /^[0-9a-fA-F]{64}$/.test(bare);
  const bytes = isHex ? [Buffer.from(bare, 'hex')] : [];
  const encoded = [...texts.map(text => Buffer.from(text)), ...bytes].flatMap(buffer =>
    (['base64', 'base64url', 'hex'] as const).map(encoding => buffer.toString(encoding).replace(/=+$/, '')),
  );
  return [...new Set([...texts, ...encoded, ...(isHex ? [BigInt(`0x${bare}`).toString()] : [])])];
}

/** @throws Error that names the place, when the text contains any spelling of any secret */
export function assertNoSecret(where: string, text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) {
      const at = text.indexOf(spelling);
      if (at >= 0)
        throw new Error(
          `a secret stands in ${where} at ${at}, after "${text.slice(Math.max(at - 80, 0), at)}"`,
        );
    }
  }
}
