/** Folders that others may have put in the way of a backup or a restore: links, and folders of another user. */
import { assertEquals, assertRejects } from "@std/assert";
import { planPath } from "../../lib/backup/moves.ts";
import { BACKUP_PREFIX, RESTORE_FOLDER } from "../../lib/backup/own_names.ts";
import { resume } from "../../lib/backup/restore.ts";
import { Stage } from "../../lib/backup/stage.ts";
import { UserError } from "../../lib/user_error.ts";
import { TempFolder } from "../support/midge_process.ts";
import { filesBelow, forged, restored } from "./support.ts";

const STRANGER = 4711;
const isRoot = Deno.uid() === 0;

/** A folder with something in it that is to stay. */
function victimIn(folder: TempFolder): string {
  const victim = `${folder.path}/victim`;
  Deno.mkdirSync(`${victim}/sub`, { recursive: true });
  folder.write("victim/sub/precious", "stays");
  return victim;
}

Deno.test("a link under the name of a backup's folder is not followed", async () => {
  await using folder = new TempFolder();
  const victim = victimIn(folder);
  Deno.mkdirSync(`${folder.path}/here`);
  Deno.symlinkSync(victim, `${folder.path}/here/${BACKUP_PREFIX}x`);
  await Stage.sweep(`${folder.path}/here`, BACKUP_PREFIX);
  assertEquals(await filesBelow(victim), { "sub/precious": "stays" });
});

Deno.test("a link under the name of a restore's folder is refused, and not followed", async () => {
  await using folder = new TempFolder();
  const victim = victimIn(folder);
  const to = `${folder.path}/to`;
  Deno.mkdirSync(to);
  Deno.symlinkSync(victim, `${to}/${RESTORE_FOLDER}`);
  const bytes = await forged(folder.path, { "base/a": "a" });
  await assertRejects(() => restored(bytes, { to }), UserError, `${RESTORE_FOLDER}: is a link`);
  assertEquals(await filesBelow(victim), { "sub/precious": "stays" });
  folder.write("victim/plan.json", '{"version":1,"aside":[],"put":[],"stages":[]}');
  await assertRejects(() => resume(to), UserError, "is a link");
});

Deno.test({
  name: "what another user has put there is left alone, and its plan is not carried out",
  ignore: !isRoot,
  fn: async () => {
    await using folder = new TempFolder();
    const victim = victimIn(folder);
    const to = `${folder.path}/to`;
    Deno.mkdirSync(`${to}/${RESTORE_FOLDER}`, { recursive: true });
    const plan = { version: 1, aside: [], put: [], stages: [victim] };
    Deno.writeTextFileSync(planPath(to), JSON.stringify(plan));
    Deno.chownSync(`${to}/${RESTORE_FOLDER}`, STRANGER, STRANGER);
    await assertRejects(() => resume(to), UserError, `belongs to user ${STRANGER}`);
    Deno.mkdirSync(`${folder.path}/here/${BACKUP_PREFIX}x`, { recursive: true });
    folder.write(`here/${BACKUP_PREFIX}x/file`, "");
    Deno.chownSync(`${folder.path}/here/${BACKUP_PREFIX}x`, STRANGER, STRANGER);
    await Stage.sweep(`${folder.path}/here`, BACKUP_PREFIX);
    const left = { [`here/${BACKUP_PREFIX}x/file`]: "", "victim/sub/precious": "stays" };
    assertEquals(await filesBelow(folder.path), {
      ...left,
      [`to/${RESTORE_FOLDER}/plan.json`]: JSON.stringify(plan),
    });
  },
});

for (
  const text of ["{", "null", '{"version":1}', '{"version":1,"aside":[1],"put":[],"stages":[]}']
) {
  Deno.test(`a plan that reads ${text} is one line`, async () => {
    await using folder = new TempFolder();
    Deno.mkdirSync(`${folder.path}/${RESTORE_FOLDER}`);
    folder.write(`${RESTORE_FOLDER}/plan.json`, text);
    await assertRejects(() => resume(folder.path), UserError, "plan.json: is damaged");
  });
}
