/**
 * What to do about a problem that kept the broker from starting, behind the line that says it. Invariant: a line that
 * says what to do already stays as it is; a problem is still one line.
 */
import { UserError } from "../../user_error.ts";

/** What is known beside the lines. */
export interface Situation {
  /** As the command line names it; undefined: there is none. */
  readonly file: string | undefined;
  /** ` (process 12)` or the like, of a Midge that has the data folder; undefined: none has. */
  readonly running: string | undefined;
  readonly dataDir: string | undefined;
  readonly os: string;
  /** Who a file belongs to, in words; undefined: it cannot be asked. */
  readonly ownerOf: (path: string) => string | undefined;
  /** Is there such a file? */
  readonly exists: (path: string) => boolean;
}

type Step = (match: RegExpExecArray, situation: Situation) => string | undefined;

/** Lines that end so, and what to do then. */
const STEPS: readonly (readonly [RegExp, Step])[] = [
  [/the port is taken(?: by another process)?$/, (_, { os }) => {
    const tool = os === "linux"
      ? "sudo ss -ltnp"
      : os === "darwin"
      ? "lsof -nP -iTCP"
      : "netstat -ano";
    return `stop that one (${tool} names it), or choose another port`;
  }],
  [
    /cannot listen on \S*?:(\d+): Permission denied.*$/,
    ([, port]) =>
      Number(port) < 1024
        ? "a port below 1024 needs a right: choose another, or AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit"
        : undefined,
  ],
  [
    /cannot listen on \S+: (?:Cannot|Can't) assign requested address.*$/,
    () => "this machine has no such address; 0.0.0.0 stands for all that it has",
  ],
  [
    /cannot listen on \S+: failed to lookup address.*$/,
    () => "expected an address of this machine, or a name that stands for one",
  ],
  [
    /is in use by another broker.*$/,
    () => "stop that one, or start this one with another --data-dir",
  ],
  [/^(?<path>.*): no such file$/, isConfig(() => "midge init DIR writes a first one")],
  [
    /^(?<path>.*): is a folder; expected a file$/,
    isConfig((path, { exists }) =>
      exists(`${path}/config.yaml`) ? `did you mean ${path}/config.yaml?` : undefined
    ),
  ],
  [
    /not valid YAML: Unexpected end of the stream.*$/,
    () => "is the file whole? midge check -c FILE says when it is right",
  ],
  [/not valid YAML: .*$/, () => "midge check -c FILE says when it is right"],
  [/(?<path>[^\s:]+): may not be read: permission denied$/, ({ groups }, { ownerOf }) => {
    const owner = ownerOf(groups?.path ?? "");
    const who = owner === undefined ? "" : `it belongs to ${owner}: `;
    return `${who}start Midge as a user who may read it, or give it to that user (chown)`;
  }],
  [
    /Permission denied \(os error 13\)\)?$/,
    () => "start Midge as a user who may, or give the file to that user (chown)",
  ],
];

function isConfig(step: (path: string, situation: Situation) => string | undefined): Step {
  return ({ groups }, situation) => {
    const path = groups?.path;
    return path === undefined || path !== situation.file ? undefined : step(path, situation);
  };
}

/** A problem, with what to do. */
export function withNextStep(problem: string, situation: Situation): string {
  for (const [pattern, step] of STEPS) {
    const match = pattern.exec(problem);
    const next = match === null ? undefined : step(match, situation);
    if (next !== undefined) return `${problem}; ${next}`;
  }
  return problem;
}

/** May a Midge that runs here already be the reason? */
function isTaken(problem: string): boolean {
  return /port is taken|belongs to a running broker/.test(problem);
}

/** The same error, each problem with what to do; any other error as it is. */
export function toldWhatToDo(error: unknown, situation: Situation): unknown {
  if (!(error instanceof UserError)) return error;
  const { running, dataDir } = situation;
  if (running !== undefined && error.problems.some(isTaken)) {
    return new UserError(
      `a Midge${running} runs here already, with the data folder ${dataDir}; stop that one first, or start this one ` +
        "with ports of its own and --data-dir DIR",
      { cause: error },
    );
  }
  return new UserError(error.problems.map((line) => withNextStep(line, situation)), {
    cause: error,
  });
}
