/** Names in a backup lead nowhere but below their folder, on any system. */
import { assertEquals } from "@std/assert";
import { nameOf, nameProblem, outsidePath } from "../../lib/backup/names.ts";

for (
  const [name, os, problem] of [
    ["base/config.yaml", "linux", undefined],
    ["store", "linux", undefined],
    ["base/a:b", "linux", undefined],
    ["base/a:b", "windows", "has a forbidden character"],
    ["base/nul.txt", "windows", "Windows does not take"],
    ["base/a.", "windows", "Windows does not take"],
    ["base/..", "linux", "leads elsewhere"],
    ["base/../../etc/passwd", "linux", "leads elsewhere"],
    ["base//etc/passwd", "linux", "leads elsewhere"],
    ["base/./a", "linux", "leads elsewhere"],
    ["base\\..\\a", "windows", "begins with none of base/, data/, store/, outside/"],
    ["base/..\\..\\a", "linux", "has a forbidden character"],
    ["base/a\nb", "linux", "has a forbidden character"],
    ["/etc/passwd", "linux", "begins with none of base/, data/, store/, outside/"],
    ["etc/passwd", "linux", "begins with none of base/, data/, store/, outside/"],
    [`base/${"a".repeat(5000)}`, "linux", "is too long"],
  ] as const
) {
  Deno.test(`${JSON.stringify(name.slice(0, 40))} on ${os}: ${problem ?? "is fine"}`, () => {
    assertEquals(nameProblem(name, os), problem);
  });
}

Deno.test("a path has one name, and an outside one leads back", () => {
  const folders = [["data", "/m/data"], ["base", "/m"]] as const;
  assertEquals(nameOf("/m/data/bans.yaml", folders), "data/bans.yaml");
  assertEquals(nameOf("/m/config.yaml", folders), "base/config.yaml");
  assertEquals(nameOf("/m", folders), "base");
  assertEquals(nameOf("/mm/x", folders), "outside/mm/x");
  assertEquals(outsidePath("mm/x", "linux"), "/mm/x");
  assertEquals(outsidePath("C/mm/x", "windows"), "C:\\mm\\x");
});
