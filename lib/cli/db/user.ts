/** `midge db user`: rows of mqtt_user. Invariant: a password is stored as the plugin will compare it. */
import { makeStoredPassword } from "../../access/passwords/make.ts";
import { UserError } from "../../user_error.ts";
import { suggestion } from "../../config/keys.ts";
import { askPassword } from "../ask_password.ts";
import { readOptions } from "../options.ts";
import type { CommandShape } from "../shape.ts";
import { printLine } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { type Database, openGiven } from "./database.ts";
import { DATABASE_OPTIONS, USER_OPTIONS } from "./options.ts";

type Action = (database: Database, name: string, isSuperuser: boolean) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  add: addUser,
  passwd: changePassword,
  delete: deleteUser,
  list: listUsers,
};

/** What each takes. */
export const USER_SHAPES: Readonly<Record<string, CommandShape>> = {
  add: { summary: "adds a user", operands: ["NAME"], options: USER_OPTIONS },
  passwd: { summary: "changes a password", operands: ["NAME"], options: DATABASE_OPTIONS },
  delete: { summary: "deletes a user", operands: ["NAME"], options: DATABASE_OPTIONS },
  list: { summary: "lists the users", options: DATABASE_OPTIONS },
};

/** Runs `user add|passwd|delete|list`. */
export async function userCommand([action = "", ...args]: readonly string[]): Promise<void> {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run === undefined) {
    throw new UsageError(
      `user ${JSON.stringify(action)}: ${suggestion(action, Object.keys(ACTIONS), "commands")}`,
    );
  }
  const operands = action === "list" ? [] : ["NAME"];
  const given = readOptions(args, USER_OPTIONS, operands, { asksPassword: true });
  const isSuperuser = given.has("superuser");
  if (isSuperuser && action !== "add") throw new UsageError("--superuser is for user add");
  using database = await openGiven(given);
  await run(database, given.operands[0] ?? "", isSuperuser);
}

async function addUser(database: Database, name: string, isSuperuser: boolean): Promise<void> {
  if (name === "" || name.startsWith("$")) {
    throw new UsageError(
      `NAME got ${JSON.stringify(name)}, expected one that is not empty or $...`,
    );
  }
  const { rows } = await database.admin.run("select 1 from mqtt_user where username = ?", name);
  if (rows.length > 0) {
    throw new UserError([
      `user ${name} is there already; midge db user passwd sets the password`,
    ]);
  }
  const { hash, salt = null } = await newPassword(database, name);
  await database.admin.run(
    "insert into mqtt_user (username, password, salt, is_superuser) values (?, ?, ?, ?)",
    name,
    hash,
    salt,
    isSuperuser ? "1" : "0",
  );
  printLine(`added ${isSuperuser ? "superuser" : "user"} ${name}`);
}

async function changePassword(database: Database, name: string): Promise<void> {
  const isUser = isNamed(database);
  const { rows } = await database.admin.run(
    `select 1 from mqtt_user where ${isUser}`,
    name,
    name,
  );
  if (rows.length === 0) throw noUser(name);
  const { hash, salt = null } = await newPassword(database, name);
  const statement = `update mqtt_user set password = ?, salt = ? where ${isUser}`;
  const { changed } = await database.admin.run(statement, hash, salt, name, name);
  if (changed === 0) throw noUser(name);
  printLine(`set the password of ${name}`);
}

async function deleteUser(database: Database, name: string): Promise<void> {
  const statement = `delete from mqtt_user where ${isNamed(database)}`;
  const { changed } = await database.admin.run(statement, name, name);
  if (changed === 0) throw noUser(name);
  printLine(`deleted ${name}`);
}

async function listUsers(database: Database): Promise<void> {
  const { rows } = await database.admin.run(
    "select username, is_superuser from mqtt_user order by username",
  );
  for (const [name, flag] of rows) {
    const isSuperuser = database.admin.dialect.isTrue(flag);
    printLine(`${name ?? "(no name)"}${isSuperuser ? "  (superuser)" : ""}`);
  }
}

/** A condition with the name twice: it finds the row by its index, and is not met by a name that is only like it. */
function isNamed({ admin }: Database): string {
  return `username = ? and ${admin.dialect.sameText("username", "?")}`;
}

async function newPassword({ passwordHash }: Database, name: string) {
  return await makeStoredPassword(passwordHash, await askPassword(name));
}

function noUser(name: string): UserError {
  return new UserError(`there is no user ${name}`);
}
