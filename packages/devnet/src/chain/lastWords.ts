/** The words with which pruned nodes refuse the state of an old block. */
const prunedState =
  /BlockOutOfRange|missing trie node|historical state|state (is |already )?(not available|unavailable|pruned|discarded)|pruned/i;

/**
 * Returns the reason of anvil's panic as one line for a person, or undefined when the output contains no
 * panic. The message may contain the URL of the forked node, which is removed.
 * @param stderr the output of anvil
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
