/** Which format a scraper wants: HTTP's Accept, read as far as the two formats need it. Pure. */
import type { Format } from "./exposition.ts";

/** OpenMetrics where the header ranks it at least as high as any text; without a header the older format. */
export function formatFor(accept: string | null): Format {
  let open = 0;
  let text = 0;
  for (const part of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = part.split(";").map((one) => one.trim());
    const quality = qualityOf(parameters);
    if (type === "application/openmetrics-text" && isKnown(parameters)) {
      open = Math.max(open, quality);
    } else if (type === "text/plain" || type === "text/*" || type === "*/*") {
      text = Math.max(text, quality);
    }
  }
  return open > 0 && open >= text ? "openmetrics" : "text";
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((one) => one.startsWith("q="))?.slice(2);
  const quality = given === undefined ? 1 : Number(given);
  return quality >= 0 && quality <= 1 ? quality : 0;
}

/** 0.0.1 is what Prometheus asked for before there was a standard; what differs is nothing that stands here. */
function isKnown(parameters: readonly string[]): boolean {
  const version = parameters.find((one) => one.startsWith("version="));
  return version === undefined || version === "version=1.0.0" || version === "version=0.0.1";
}
