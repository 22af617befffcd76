/** Access on the page: a denial explained, rules edited, users added, and what a viewer does not get. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { VIEWS } from "../../plugins/dashboard/page/views.js";
import { RawClient } from "../support/raw_client.ts";
import { browserTest, visit } from "./dashboard.ts";

browserTest("a denial is explained with its rule and line", async ({ address, open }) => {
  await using _bob = await RawClient.open(address, {
    clientId: "bob-1",
    username: "bob",
    password: "secret",
  });
  const page = await open("admin");
  await visit(page, "clients/bob-1");
  await page.getByRole("link", { name: "Explain" }).click();
  await page.getByLabel("Topic").fill("lights/1");
  await page.getByRole("button", { name: "Explain" }).click();
  const answer = page.getByRole("region", { name: "Answer" });
  await answer.locator(".verdict", { hasText: "deny" }).waitFor();
  assertStringIncludes(await answer.innerText(), "acl.yaml, rule 3");
  await page.getByLabel("Topic").fill("sensors/1");
  await page.getByRole("button", { name: "Explain" }).click();
  await answer.locator(".verdict", { hasText: "allow" }).waitFor();
});

browserTest(
  "rules are tested before they are saved, and hold then",
  async ({ open, rulesFile }) => {
    const page = await open("admin");
    await visit(page, "rules");
    await page.getByRole("button", { name: "Edit…" }).click();
    const text = page.getByRole("dialog").getByRole("textbox");
    const before = await text.inputValue();
    const save = page.getByRole("button", { name: "Test and save" });
    await text.fill(before.replace("permission: deny", "permission: maybe"));
    await save.click();
    await page.getByText("Not saved.").waitFor();
    assertEquals(await Deno.readTextFile(rulesFile), before);
    await text.fill(before.replace('["sensors/#"]', '["nowhere/#"]'));
    await save.click();
    await page.getByText(/^Test: /).first().waitFor();
    assertEquals(await Deno.readTextFile(rulesFile), before);
    await text.fill(before.replace('["sensors/#"]', '["sensors/#", "more/#"]'));
    await save.click();
    await page.getByText("are saved and hold.").waitFor();
    await page.getByText("more/#").first().waitFor();
    assertStringIncludes(await Deno.readTextFile(rulesFile), "more/#");
  },
);

browserTest("a user is added, gets another password, and is removed", async ({ open }) => {
  const page = await open("admin");
  await visit(page, "users");
  await page.getByRole("button", { name: "Add a user…" }).click();
  await page.getByLabel("Username").fill("<i>carol");
  await page.getByRole("textbox", { name: "Password" }).fill("first");
  await page.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row", { name: "<i>carol" });
  await row.getByRole("button", { name: "Password…" }).click();
  await page.getByRole("textbox", { name: "Password" }).fill("second");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The password of <i>carol is changed.").waitFor();
  await row.getByRole("button", { name: "Remove…" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await row.waitFor({ state: "detached" });
});

browserTest("a token is made, shown once, and made void", async ({ open }) => {
  const page = await open("admin");
  await visit(page, "tokens");
  await page.getByRole("button", { name: "New token…" }).click();
  await page.getByLabel("Name").fill("grafana");
  await page.getByRole("button", { name: "Make it" }).click();
  const token = await page.locator("code.secret").innerText();
  await page.getByRole("button", { name: "I have it" }).click();
  const reader = await open();
  await reader.getByRole("button", { name: "Log in with a token" }).click();
  await reader.getByLabel("Token").fill(token);
  await reader.getByRole("button", { name: "Log in", exact: true }).click();
  await reader.getByText("(read only)").waitFor();
  await page.getByRole("button", { name: "Void…" }).click();
  await page.getByRole("button", { name: "Make it void" }).click();
  await page.getByText("There is no token.").waitFor();
});

const CHANGES = /Kick|Ban|End|Edit|Add|Remove|Password|New|Void|Reload|again|Forget|Publish|Delete/;

browserTest("a viewer sees no button that changes anything", async ({ open }) => {
  const page = await open("viewer");
  await page.getByText("(read only)").waitFor();
  for (const { name, title } of VIEWS) {
    await visit(page, name);
    await page.getByRole("heading", { name: title, level: 1 }).waitFor();
    await page.waitForLoadState("networkidle").catch(() => {});
    const names = await page.locator("main button:not(.sort)").allInnerTexts();
    assertEquals(names.filter((text) => CHANGES.test(text)), [], name);
  }
});
