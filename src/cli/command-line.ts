import { CommanderError } from 'commander';
import { EXIT_FAILED, EXIT_WRONG_USE } from './exit-codes.js';
import { failureOf } from './failure.js';
import { Output } from './output.js';
import { programOf } from './program.js';
import { Stopped } from './stopped.js';

/** How long something that the configuration left open (a server, a timer) may keep the process after the command's end. */
const LEAVE_AFTER_MS = 500;

/** Runs a command line, without node and the script's name, and ends the process with its exit code. */
export async function runCommandLine(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const output = new Output(options.includes('--json'));
  let exitCode = 0;
  const program = programOf({
    output,
    give: async (answer) => {
      const given = await answer;
      output.answer(given);
      if (given.failed === true) exitCode = EXIT_FAILED;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = tellFailure(error, output, options.includes('--verbose') || (env.DEBUG ?? '') !== '');
    if (error instanceof Stopped) process.exit(exitCode);
  }
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), LEAVE_AFTER_MS).unref();
}

/** Gives the exit code. */
function tellFailure(error: unknown, output: Output, verbose: boolean): number {
  // Help and the version are no failures, and commander has printed what is wrong already where nobody reads JSON.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const message = error.message.replace(/^error: /, '');
    const isHelp = error.code === 'commander.help';
    const told = isHelp ? 'A command is missing: see --help.' : message;
    if (output.json) output.answer({ text: '', document: { error: { code: 'USAGE', message: told } } });
    return EXIT_WRONG_USE;
  }
  const { exitCode, text, document } = failureOf(error, verbose);
  if (output.json) output.answer({ text, document });
  else output.note(text);
  return exitCode;
}
