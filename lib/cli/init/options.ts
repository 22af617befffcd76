/** The options of `midge init`, and what they say by themselves. Invariant: what no option says stays open. */
import { userNameProblem } from "../../access/passwords/user_lines.ts";
import { readBind } from "../../config/bind.ts";
import { isServerName, SERVER_NAME_FORMS } from "../certs/names.ts";
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { UsageError } from "../usage_error.ts";

/** The first user where no one says another name. */
export const FIRST_USER = "admin";

/** Its options. */
export const INIT_OPTIONS = {
  secure: {
    names: ["secure"],
    help:
      "TLS on port 8883 with an authority and a certificate of its\nown; without TLS only on 127.0.0.1:1883",
  },
  edge: { names: ["edge"], help: "modest buffers, for a small board" },
  user: {
    names: ["user", "u"],
    value: "NAME",
    filled: true,
    help: `the first user, an admin of the page too; default ${FIRST_USER}`,
  },
  passwordStdin: {
    names: ["password-stdin"],
    help:
      "the first line of stdin is the password; without this it is\nasked for at a terminal, or made up and printed",
  },
  anonymous: {
    names: ["anonymous"],
    help:
      "no user: who reaches the broker may connect; on 127.0.0.1:1883\nunless --bind says otherwise",
  },
  bind: {
    names: ["bind"],
    value: "ADDRESS",
    filled: true,
    help: "HOST:PORT of MQTT without TLS; default 0.0.0.0:1883, with\n--secure 127.0.0.1:1883",
  },
  tlsOnly: { names: ["tls-only"], help: "with --secure: nothing without TLS" },
  host: {
    names: ["host"],
    value: "NAME",
    filled: true,
    help:
      "with --secure: a name or address by which clients reach this\nmachine; may be repeated; default its host name",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help: "the folder for what the broker writes; default data in DIR",
  },
  noToken: { names: ["no-token"], help: "no token for the page" },
  yes: { names: ["yes", "y"], help: "ask nothing: what no option says has its default" },
} as const satisfies OptionTable;

/** What was given. */
export type Given = GivenOptions<typeof INIT_OPTIONS>;

/** @throws {UsageError} for what does not go together, or is none of what it should be */
export function checkGiven(given: Given): void {
  const user = given.last("user");
  const problem = user === undefined ? undefined : userNameProblem(user);
  if (problem !== undefined) throw new UsageError(`--user got ${JSON.stringify(user)}${problem}`);
  const bind = given.last("bind");
  const address = bind === undefined ? undefined : readBind(bind);
  if (typeof address === "string") {
    throw new UsageError(`--bind got ${JSON.stringify(bind)}, ${address}`);
  }
  for (const name of given.all("host")) {
    if (isServerName(name)) continue;
    throw new UsageError(`--host got ${JSON.stringify(name)}, expected ${SERVER_NAME_FORMS}`);
  }
  checkPairs(given);
}

function checkPairs(given: Given): void {
  const secure = given.has("secure");
  const pairs: [boolean, string][] = [
    [
      given.has("anonymous") && (given.has("user") || given.has("passwordStdin")),
      "--anonymous is without a user",
    ],
    [
      given.has("anonymous") && secure,
      "--secure lets no one in without a password, and --anonymous does",
    ],
    [given.has("tlsOnly") && !secure, "--tls-only belongs to --secure"],
    [given.has("host") && !secure, "--host belongs to --secure"],
    [
      given.has("tlsOnly") && given.has("bind"),
      "--bind is of MQTT without TLS, which --tls-only leaves out",
    ],
  ];
  for (const [isWrong, problem] of pairs) if (isWrong) throw new UsageError(problem);
}
