/**
 * Streams of events at the command line. Invariant: it ends at Ctrl-C or SIGTERM with exit code 0, as asked; what was
 * missed is said on stderr.
 */
import type { ArgsOf, EventOf, StreamName } from "../../manage/commands.ts";
import { followEvents } from "../../manage/remote.ts";
import type { ManagementAddress } from "../../manage/client.ts";
import { EXIT_CODES, listenToSignals } from "../signals.ts";
import { printProblem } from "../terminal.ts";

/** Prints events until there are no more, or a signal comes; the exit code. */
export async function printEvents<Name extends StreamName>(
  address: ManagementAddress,
  name: Name,
  args: ArgsOf<Name>,
  print: (event: EventOf<Name>) => void,
): Promise<number> {
  const aborter = new AbortController();
  const stop = () => aborter.abort();
  const unlisten = listenToSignals({
    stop,
    reload: stop,
    force: (signal) => Deno.exit(EXIT_CODES[signal]),
  });
  try {
    await followEvents(address, name, args, {
      event: print,
      began: () => printProblem("midge: following; Ctrl-C ends it"),
      missed: (count) => printProblem(`midge: ${count} events were missed`),
      signal: aborter.signal,
    });
    return 0;
  } finally {
    unlisten();
  }
}
