/**
 * Lets clients in that no other source knows. The authentication chain asks it last, wherever it
 * stands. Invariant: where another source is loaded, a client that gives a username is never let in
 * here; so an unknown user or a wrong password cannot slip in as anonymous.
 */
import { nullish } from "valibot";
import {
  type AuthenticateRequest,
  definePlugin,
  optionsOf,
  type PluginContext,
  switchOption,
  type Verdict,
} from "../plugin.ts";

const OPTIONS = optionsOf({
  /** May clients without a username come in? */
  allow_anonymous: nullish(switchOption, true),
});

export default definePlugin({
  name: "auth_anonymous",
  apiVersion: 1,
  order: "last",
  admitsWithoutProof: true,
  options: OPTIONS,
  setup({ allow_anonymous }, context) {
    const warn = () => warnAboutNames(allow_anonymous, context);
    return {
      authenticate: (request) => decide(request, allow_anonymous, context),
      admitsNoOne: () =>
        !allow_anonymous && context.hasOtherAuthenticator ? "allow_anonymous is false" : undefined,
      brokerStarted: warn,
      brokerReloading: warn,
    };
  },
});

/** MQTT 5 has passwords without a username, such as tokens: a wrong one does not come in as if it had not been given. */
function isNamelessProof({ client, password }: AuthenticateRequest): boolean {
  return client.protocolLevel === 5 && password !== undefined && password.length > 0;
}

function warnAboutNames(allowAnonymous: boolean, context: PluginContext): void {
  if (allowAnonymous || context.hasOtherAuthenticator) return;
  context.logger.warn(
    "allow_anonymous is false, but nothing checks passwords: any client that gives a " +
      "username is let in; add auth_file or another source",
  );
}

/** An empty username counts as none. */
function decide(
  request: AuthenticateRequest,
  allowAnonymous: boolean,
  context: PluginContext,
): Verdict {
  if (request.client.username || isNamelessProof(request)) {
    if (context.hasOtherAuthenticator) return undefined;
    if (request.client.username) return "allow";
  }
  return allowAnonymous ? "allow" : { result: "deny", because: "allow_anonymous is false" };
}
