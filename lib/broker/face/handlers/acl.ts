/** Access decisions: why, which, from what source. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

type Handlers = HandlersOf<
  "acl explain" | "acl decisions" | "acl sources" | "acl reload" | "acl cache-clean"
>;

/** Their handlers. */
export function aclHandlers({ admin, note }: Desk): Handlers {
  return {
    "acl explain": ({ clientId, ...question }) => admin.explain({ client: clientId, ...question }),
    "acl decisions": later,
    "acl sources": later,
    "acl reload"(_args, caller) {
      note(caller, "acl reload");
      return admin.reloadRules();
    },
    "acl cache-clean"({ clientId }, caller) {
      note(caller, clientId === undefined ? "acl cache-clean" : `acl cache-clean ${clientId}`);
      return admin.cleanCache(clientId);
    },
  };
}
