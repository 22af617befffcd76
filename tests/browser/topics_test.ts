/**
 * The topic browser in headless Chromium against a real broker. Skipped without Chromium, which is looked for with
 * MIDGE_CHROMIUM, else on the PATH. Invariant: a test waits for what people see, never for time.
 */
import { assert, assertEquals } from "@std/assert";
import { optionalTest } from "../support/optional.ts";
import { missingChromium, openTopics } from "./topics_page.ts";

const missing = await missingChromium();

optionalTest(missing, "a message arrives in the tree, and is shown as text", async () => {
  await using opened = await openTopics();
  const { page, context, complaints } = opened;
  await context.publish({ topicName: "house/kitchen/temperature", payload: "21.5" });
  const house = page.getByRole("treeitem", { name: /house/ });
  await house.waitFor();
  await house.click();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("treeitem", { name: /kitchen/ }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.getByText("house/kitchen/temperature", { exact: true }).waitFor();
  assertEquals(await page.getByLabel("Value", { exact: true }).textContent(), "21.5");
  await page.waitForFunction(() => location.hash === "#/topics/house%2Fkitchen%2Ftemperature");
  assertEquals(complaints, []);
});
