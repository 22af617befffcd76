/** Access decisions: why, which, from what source. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { decisionRows, sourceRows } from "../access_rows.ts";
import type { Desk } from "./all.ts";

type Handlers = HandlersOf<
  "acl explain" | "acl decisions" | "acl sources" | "acl reload" | "acl cache-clean"
>;

/** Their handlers. */
export function aclHandlers({ core, admin, note }: Desk): Handlers {
  return {
    "acl explain": ({ clientId, ...question }) => admin.explain({ client: clientId, ...question }),
    "acl decisions": (question) => decisionRows(core, question),
    "acl sources": () => sourceRows(admin.metrics.access),
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
