/**
 * What to type next, by the words of a problem: the broker's own words stay what the API says too. Pure. Invariant: a
 * line that names a command already is left as it is.
 */

/** Words of a problem, and what is added to it. */
export const NEXT_STEPS: readonly (readonly [words: RegExp, step: string])[] = [
  [
    /: no broker runs here(?:: no such file)?$|^no broker runs with this configuration/,
    "midge start begins one; -c FILE, --data-dir DIR or --socket PATH say where another is",
  ],
  [/^management is off in this/, "take `management: null` out of it, and start the broker anew"],
  [/^no client .* is connected$/, "midge ctl clients lists those that are"],
  [/^no client .* is known$/, "midge ctl sessions lists those that are"],
  [/^nothing is retained at /, "midge ctl retained lists what is"],
  [/^nothing was published to /, "midge ctl topics lists what was"],
  [/^there is no ban of /, "midge ctl ban list shows the bans as they were given"],
  [/^no token .* is known$/, "midge ctl token list shows the ids"],
  [/^there is no rule \d+$/, "midge db acl list -c FILE shows the ids"],
  [/^there is no user ./, "midge db user list -c FILE shows the names"],
  [/: has no user "/, "the file has the names, one a line"],
  [/\b(?:server|[\w.-]*cert[\w.-]*)\.(?:crt|pem): no such file$/, "midge certs server makes one"],
  [/certfile: .*: no such file$/, "midge certs server makes one"],
  [/password_file: got .* expected a file of user:hash lines/, "midge passwd FILE USER makes it"],
  [/^no plugin here keeps users that can be/, "midge help access tells how to set one up"],
  [/^cannot connect to .*: Connection refused/, "does a broker run there? midge start begins one"],
  [/^[a-z]+:\/\/.*: Connection refused/, "does a broker run there? midge start begins one"],
  [
    /^cannot connect to .*: .*(?:UnknownIssuer|self-signed|unable to get local issuer|unable to verify the first)/i,
    "--cafile FILE names the broker's authority",
  ],
  [
    /^no CONNACK from the broker: connection closed by the peer$/,
    "midge why at the broker says why; a port with TLS takes mqtts:// or wss:// alone",
  ],
  [
    /(?:Table|relation) .*mqtt_(?:user|acl)/,
    "midge db init mysql|postgres -c FILE makes the tables",
  ],
  [/: storage is off; expected a FOLDER/, "midge help durability says what is kept and how"],
];

/** A problem with its next step, where there is one. */
export function withNextStep(problem: string): string {
  if (/\bmidge (?:ctl|certs|db|start|init|passwd|help|plugin|service) /.test(problem)) {
    return problem;
  }
  const [, step] = NEXT_STEPS.find(([words]) => words.test(problem)) ?? [];
  return step === undefined ? problem : `${problem}; ${step}`;
}
