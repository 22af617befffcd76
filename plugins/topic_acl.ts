/**
 * Lists of topic filters by user name: what each may publish to, subscribe to and receive. Invariant:
 * a list that is absent answers nothing for its action; where there is a list, who is not in it is
 * denied. `admin` may do everything; clients without a username go by the name `anonymous`.
 */
import { check, type InferOutput, nullish, pipe } from "valibot";
import {
  type Action,
  type ClientView,
  definePlugin,
  filterCovers,
  filterMatches,
  type ManagedRule,
  type ManagedRules,
  optionField,
  optionsOf,
  type PluginContext,
  topicFilterProblem,
  type Verdict,
} from "../plugin.ts";

/** What a user may use, and how often it was asked about. */
interface Entry {
  readonly filters: readonly string[];
  hits: number;
}

/** The users of a list. */
interface Acl {
  readonly users: ReadonlyMap<string, Entry>;
  /** Of users that are not in it. */
  readonly others: Entry;
}

/** The lists that are there, by action. */
type Acls = Partial<Record<Action, Acl>>;

const ACTIONS: readonly Action[] = ["publish", "subscribe", "receive"];
const ADMIN = "admin";
const ANONYMOUS = "anonymous";

const aclOption = nullish(optionField(readAcl, ""));

const OPTIONS = pipe(
  optionsOf({
    subscribe_acl: aclOption,
    publish_acl: aclOption,
    receive_acl: aclOption,
    /** aMQTT's older name of subscribe_acl. */
    acl: aclOption,
  }),
  check(
    ({ acl, subscribe_acl }) => !acl || !subscribe_acl,
    "acl and subscribe_acl are two names of one list; expected only one of them",
  ),
);

export default definePlugin({
  name: "topic_acl",
  apiVersion: 1,
  combines: "all",
  authorizeUses: "nothing",
  options: OPTIONS,
  setup(options, context) {
    const acls = aclsOf(options, context);
    return {
      authorize({ client, action, topic }) {
        const covers = action === "subscribe" && context.wildcards !== "emqx";
        return decide(acls, client, action, topic, covers ? filterCovers : filterMatches);
      },
      ...(acls.receive && {
        authorizeReceive: ({ client, topic }) =>
          decide(acls, client, "receive", topic, filterMatches),
      }),
      rules: { read: () => rulesOf(acls) },
      brokerStarted: () => warnAboutAdmin(context),
      brokerReloading: () => warnAboutAdmin(context),
    };
  },
});

/** @param grants Does a filter of the list give what is asked for? */
function decide(
  acls: Acls,
  client: ClientView,
  action: Action,
  topic: string,
  grants: (filter: string, topic: string) => boolean,
): Verdict {
  const user = client.username || ANONYMOUS;
  if (user === ADMIN) return "allow";
  const acl = acls[action];
  if (!acl) return undefined;
  const entry = acl.users.get(user) ?? acl.others;
  entry.hits++;
  if (entry.filters.some((filter) => grants(filter, topic))) return "allow";
  return { result: "deny", because: `${action}_acl does not give ${topic} to ${user}` };
}

/** A line for each user of each list, as the configuration has them. */
function rulesOf(acls: Acls): ManagedRules {
  const rules = ACTIONS.flatMap((action) => {
    const acl = acls[action];
    if (acl === undefined) return [];
    const users = Array.from(acl.users, ([user, entry]) => ruleOf(action, user, entry));
    return [...users, ruleOf(action, "anyone else", acl.others)];
  });
  return { file: undefined, text: rules.map(({ text }) => text).join("\n"), rules };
}

function ruleOf(action: Action, user: string, { filters, hits }: Entry): ManagedRule {
  return { line: undefined, text: `${action} ${user}: ${filters.join(", ") || "nothing"}`, hits };
}

function aclsOf(options: InferOutput<typeof OPTIONS>, { logger }: PluginContext): Acls {
  const { acl, publish_acl, receive_acl } = options;
  if (acl) logger.warn("acl is deprecated; its name is subscribe_acl now");
  const subscribe = options.subscribe_acl ?? acl;
  return {
    ...(subscribe && { subscribe }),
    ...(publish_acl && { publish: publish_acl }),
    ...(receive_acl && { receive: receive_acl }),
  };
}

function warnAboutAdmin(context: PluginContext): void {
  if (context.hasOtherAuthenticator) return;
  context.logger.warn(
    "the user admin may do everything, and nothing checks passwords: any client can take that " +
      "name; add auth_file or another source",
  );
}

/** A mapping from users to filters, or a list of such mappings with one key each. */
function readAcl(value: unknown): Acl | Error {
  const acl = new Map<string, Entry>();
  for (const entries of Array.isArray(value) ? value : [value]) {
    if (!isMapping(entries)) {
      return new Error("expected a mapping from user names to lists of topic filters");
    }
    for (const [user, filters] of Object.entries(entries)) {
      if (acl.has(user)) return new Error(`the user ${user} is given twice`);
      const problem = filtersProblem(filters);
      if (problem) return new Error(`the user ${user}: ${problem}`);
      acl.set(user, { filters: filters ?? [], hits: 0 });
    }
  }
  return { users: acl, others: { filters: [], hits: 0 } };
}

/** Null stands for an empty list: that user is blocked. */
function filtersProblem(filters: unknown): string | undefined {
  if (filters === null) return undefined;
  if (!Array.isArray(filters)) return "expected a list of topic filters";
  for (const filter of filters) {
    if (typeof filter !== "string") return `got ${JSON.stringify(filter)}, expected a topic filter`;
    const problem = topicFilterProblem(filter);
    if (problem) return `${JSON.stringify(filter)}: ${problem}`;
  }
  return undefined;
}

function isMapping(value: unknown): value is Record<string, string[] | null> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
