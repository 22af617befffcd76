/**
 * What `midge plugin new` writes. Pure. Invariant: the plugin needs nothing but itself, so that it works under Deno and in
 * the executable alike.
 */

/** A new plugin. */
export interface NewPlugin {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  readonly language: "ts" | "js";
}

/** What differs between the languages: all types. */
interface Types {
  readonly interfaces: string;
  readonly options: string;
  readonly value: string;
  readonly record: string;
  readonly context: string;
  readonly client: string;
  readonly request: string;
  readonly text: string;
}

const NO_TYPES: Types = {
  interfaces: "",
  options: "",
  value: "",
  record: "",
  context: "",
  client: "",
  request: "",
  text: "",
};

const TYPES: Types = {
  interfaces: `
// The parts of Midge's types that are used here; docs/PLUGINS.md has all of them.
interface Options {
  readonly prefix: string;
}
interface Client {
  readonly clientId: string;
  readonly username: string | undefined;
}
interface Message {
  readonly topicName: string;
  readonly payload: string;
}
interface Context {
  readonly logger: { info(message: string): void };
  publish(message: Message): void;
}
interface Request {
  readonly client: Client;
  readonly action: "publish" | "subscribe";
  readonly topic: string;
}
`,
  options: ": Options",
  value: ": unknown",
  record: ": { readonly prefix?: unknown }",
  context: ": Context",
  client: ": { readonly client: Client }",
  request: ": Request",
  text: ": string",
};

/** The plugin's source. */
export function pluginSource({ name, language }: NewPlugin): string {
  const types = language === "ts" ? TYPES : NO_TYPES;
  return `${optionsPart(name, types)}\n${exportPart(name, types)}`;
}

function optionsPart(name: string, types: Types): string {
  return `// ${name}: clients publish below a prefix and their own client id, and nowhere else.
// A plugin is a module whose default export has a name, apiVersion 1 and
// setup(options, context). Take out what you do not need. Every hook and all of
// the context: docs/PLUGINS.md.
${types.interfaces}
function problem(message${types.text}, key${types.text}) {
  return { issues: [{ message, path: [key] }] };
}

// What the configuration may say. Any Standard Schema does (valibot, zod, ...);
// this one is written by hand.
const options = {
  "~standard": {
    version: 1,
    vendor: "${name}",
    validate(value${types.value}) {
      const given${types.record} = Object(value);
      const { prefix = "devices", ...others } = given;
      const [strange] = Object.keys(others);
      if (strange !== undefined) return problem("unknown option", strange);
      if (typeof prefix !== "string" || prefix === "") {
        return problem("expected a text", "prefix");
      }
      return { value: { prefix } };
    },
  },
};
`;
}

function exportPart(name: string, types: Types): string {
  return `export default {
  name: "${name}",
  apiVersion: 1,
  options,
  // Runs once at the start, and again after a reload that changes the options.
  // It may be asynchronous: open here what the plugin needs, and throw where
  // that cannot be had.
  setup({ prefix }${types.options}, context${types.context}) {
    // The hooks that are wanted, and no others.
    return {
      // An event: told of, not asked. Also: clientDisconnected, messageReceived, ...
      clientConnected({ client }${types.client}) {
        context.logger.info(\`\${client.clientId} is here\`);
        const topicName = \`\${prefix}/\${client.clientId}/hello\`;
        context.publish({ topicName, payload: "hello" });
      },

      // A decision: "allow", "deny", undefined (no opinion), or an object with
      // result and because. It may be asynchronous.
      authorize({ client, action, topic }${types.request}) {
        if (action !== "publish") return undefined;
        const own = \`\${prefix}/\${client.clientId}/\`;
        if (topic.startsWith(own)) return "allow";
        return { result: "deny", because: \`not below \${own}\` };
      },

      // Closes what setup has opened.
      dispose() {},
    };
  },
};
`;
}

/** What to write into the configuration. */
export function configLines({ name, language }: NewPlugin): string {
  return `plugins:
  # ... those that you have
  ./${name}.${language}:
    # The first level of the topics.
    prefix: devices`;
}
