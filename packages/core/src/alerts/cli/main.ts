import { userInfo } from 'node:os';
import { act } from './act.ts';
import { CommandRefused, parseCommand, usage } from './parseCommand.ts';

// `pnpm alerts …`: lists the open alerts and stores decisions about them, beside the running bots.
const complain = (text: string) => process.stderr.write(`alerts: ${text}\n`);
const args = process.argv.slice(2);
if (args.length === 0 || args.includes('--help')) process.stdout.write(usage);
else {
  try {
    const command = parseCommand(args, process.env.STATE_DIR, userName());
    process.stdout.write(await act(command, Date.now(), complain));
  } catch (error) {
    if (!(error instanceof CommandRefused)) throw error;
    complain(error.message);
    process.exitCode = 1;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may be a mere number.
    return `user ${process.getuid?.()}`;
  }
}
