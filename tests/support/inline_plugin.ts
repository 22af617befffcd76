/** A plugin whose hooks a test made: imported once for each, under a URL with a number (inline_registry.ts). */
import { definePlugin } from "../../mod.ts";
import { inlineOf } from "./inline_registry.ts";

const { setup, traits } = inlineOf(import.meta.url);

export default definePlugin<unknown>({
  name: "inline",
  apiVersion: 1,
  ...traits,
  setup: (_options, context) => setup(context),
});
