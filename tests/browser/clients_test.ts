/** Clients on the page: one that is there, kicked and banned; names that are markup; ten thousand of them. */
import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";
import { browserTest, visit } from "./dashboard.ts";
import { connectMany } from "./many.ts";

browserTest(
  "a client is seen with its subscriptions, and kicked",
  async ({ broker, address, open }) => {
    await using client = await RawClient.open(address, {
      clientId: "lamp-1",
      username: "admin",
      password: "secret",
    });
    const page = await open("admin");
    await visit(page, "clients");
    await page.getByRole("link", { name: "lamp-1" }).click();
    await page.getByRole("heading", { name: "lamp-1" }).waitFor();
    await page.getByRole("heading", { name: "Connection" }).waitFor();
    await page.getByRole("button", { name: "Kick" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    assertEquals(broker.clients.length, 1);
    await page.getByRole("button", { name: "Kick" }).click();
    await page.getByRole("button", { name: "Close it" }).click();
    await page.getByText("The connection of lamp-1 is closed.").waitFor();
    await until(() => broker.clients.length === 0, "the client is gone");
    await page.getByText("It is not connected, and it has no session.").waitFor();
    await client.close();
  },
);

browserTest("a ban is made and ended", async ({ broker, open }) => {
  const page = await open("admin");
  await visit(page, "bans");
  await page.getByRole("button", { name: "Ban…" }).click();
  await page.getByLabel("Client id").fill("evil<b>");
  await page.getByLabel("Reason").fill("tests");
  await page.getByRole("button", { name: "Ban", exact: true }).click();
  await page.getByRole("cell", { name: "client evil<b>" }).waitFor();
  assertEquals(broker.bans.list.map(({ clientId }) => clientId), ["evil<b>"]);
  await page.getByRole("button", { name: "End…" }).click();
  await page.getByRole("button", { name: "End it" }).click();
  await page.getByText("No one is banned.").waitFor();
});

const HOSTILE = [
  "<img src=x onerror=globalThis.hacked=1>",
  "<script>globalThis.hacked=1</script>",
  '"><svg onload=globalThis.hacked=1>',
  "a/b?c=d#e&f%2F",
  "\u202etxt.exe",
  "${globalThis.hacked=1}",
];

browserTest(
  "client ids that are markup are text, and lead to their clients",
  async ({ address, open }) => {
    const clients = await Promise.all(
      HOSTILE.map((clientId) =>
        RawClient.open(address, { clientId, username: "admin", password: "secret" })
      ),
    );
    const page = await open("admin");
    for (const clientId of HOSTILE) {
      await visit(page, "clients");
      const name = clientId.replace("\u202e", "\\u{202e}");
      await page.getByRole("link", { name, exact: true }).click();
      await page.getByRole("heading", { name, exact: true }).waitFor();
      await page.getByRole("heading", { name: "Connection" }).waitFor();
    }
    assertEquals(await page.locator("main :is(img, script, svg)").count(), 0);
    assertEquals(await page.evaluate(() => "hacked" in globalThis), false);
    await Promise.all(clients.map((client) => client.close()));
  },
);

browserTest(
  "ten thousand clients: found, sorted, scrolled through, few in the document",
  async (dashboard) => {
    await connectMany(dashboard, 10_000);
    const page = await dashboard.open("admin");
    await visit(page, "clients");
    await page.getByText("10,000 clients").waitFor();
    const table = page.getByRole("table", { name: "clients" });
    assertEquals(await table.getAttribute("aria-rowcount"), "10001");
    await page.evaluate(scrollThrough);
    await page.getByRole("link", { name: "many-9999", exact: true }).waitFor();
    assert(await page.getByRole("row").count() < 80);
    await page.getByRole("button", { name: "Client" }).click();
    await table.evaluate((element) => element.scrollTop = 0);
    await page.getByRole("link", { name: "many-9999", exact: true }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("many-77");
    await page.getByText("111 of 10,000 clients").waitFor();
  },
);

/** Runs in the page: scrolls to the end in a hundred steps, a frame each. */
async function scrollThrough(): Promise<void> {
  const table = document.querySelector(".table.tall")!;
  for (let step = 1; step <= 100; step++) {
    table.scrollTop = table.scrollHeight * step / 100;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
