/** A plugin whose hooks a test made: imported once for each, under a URL with a number (inline_registry.ts). */
import { definePlugin } from "../../mod.ts";
import { inlineSetup } from "./inline_registry.ts";

export default definePlugin<unknown>({
  name: "inline",
  apiVersion: 1,
  setup: (_options, context) => inlineSetup(import.meta.url)(context),
});
