/**
 * Who asks, and what they may. Invariant: a right is given by the options, by the broker's own word for a superuser, by a
 * token, or by the proxy of the options, and by nothing that a request says of itself.
 */
import type { Caller, LoginResult, ProvenUser, TokenHolder } from "../../plugin.ts";

/** May they change anything, or only look? */
export type Role = "admin" | "viewer";

/** One who has proven who they are. */
export interface Identity {
  /** For people and for the log. */
  readonly name: string;
  readonly role: Role;
  /** Whose rights hold for topics. */
  readonly user: ProvenUser;
  /** The token that it came by; undefined: a password. */
  readonly tokenId: string | undefined;
}

/** Who may what, from the options. */
export interface Roles {
  readonly admins: ReadonlySet<string>;
  readonly viewers: ReadonlySet<string>;
}

/** The user that stands for every token, and for all who come by a login proxy. */
const TOKEN_USER = "dashboard";

/** The role of a user who has logged in; undefined: none. */
export function roleOf({ username, superuser }: LoginResult, roles: Roles): Role | undefined {
  if (superuser || roles.admins.has(username)) return "admin";
  return roles.viewers.has(username) ? "viewer" : undefined;
}

/** A user of the broker. */
export function identityOfUser({ username, superuser }: LoginResult, role: Role): Identity {
  const user = { username, superuser, isReadOnly: role === "viewer" };
  return { name: username, role, user, tokenId: undefined };
}

/** Who holds a token: one for admins may do everything. */
export function identityOfToken({ id, name, role }: TokenHolder): Identity {
  const user = { username: TOKEN_USER, superuser: role === "admin", isReadOnly: role === "viewer" };
  return { name: `token ${name || id}`, role, user, tokenId: id };
}

/** One whom a proxy has let through. */
export function identityOfProxy(name: string): Identity {
  const user = { username: TOKEN_USER, superuser: true, isReadOnly: false };
  return { name: `${name} by the login proxy`, role: "admin", user, tokenId: undefined };
}

/** As commands of the broker are given it. */
export function callerOf({ name, role, user }: Identity): Caller {
  return { name, isAdmin: role === "admin", user };
}
