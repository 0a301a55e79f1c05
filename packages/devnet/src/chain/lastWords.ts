/** The words with which pruned nodes refuse the state of an old block. */
const prunedState =
  /BlockOutOfRange|missing trie node|historical state|state (is |already )?(not available|unavailable|pruned|discarded)|pruned/i;

/**
 * Returns the reason of anvil's panic, in one line for a person, from its output; undefined when the output
 * has none. The words of a forked node may hold its URL, which is left out.
 */
export function lastWords(stderr: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
  const plain = stderr.replace(/\u001b\[[0-9;]*m/g, '');
  const message = /^Message: +(.+)$/m.exec(plain)?.[1];
  if (message === undefined) return undefined;
  if (prunedState.test(message))
    return 'the node that is forked has dropped the state of the block that the fork began at: a fork of a node that is no archive lives for as many blocks as that node keeps';
  return message.replace(/\w+:\/\/\S+/g, '…').slice(0, 300);
}
