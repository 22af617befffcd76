/** Warnings before certificates expire: 30, 7 and 1 days, and when they have. */
import { assertEquals } from "@std/assert";
import { daysLeft, expiryLine, firstDays, watchExpiry } from "../../lib/broker/life/expiry.ts";
import type { ShownCertificate } from "../../lib/net/listen/listener.ts";
import { FakeClock } from "../support/fake_clock.ts";

const DAY = 86_400_000;
const END = Date.UTC(2027, 1, 1, 12);

function certificate(notAfter = END, file = "/c.pem"): ShownCertificate {
  return { file, title: "example.org", names: ["example.org"], notAfter };
}

/** A year on a fake clock; each line with how many days were left when it was written. */
class Stage {
  readonly clock = new FakeClock(END - 100 * DAY);
  readonly lines: string[] = [];
  certificates: ShownCertificate[] = [certificate()];
  readonly stop: () => void;

  constructor(from = END - 100 * DAY) {
    this.clock.time = from;
    this.stop = watchExpiry(
      { clock: this.clock, logger: { warn: (line) => void this.lines.push(line) } },
      () => this.certificates.map((one) => ["secure", one] as const),
    );
  }
}

Deno.test("each step is said once", () => {
  const it = new Stage();
  it.clock.advance(69 * DAY);
  assertEquals(it.lines, []);
  it.clock.advance(2 * DAY);
  it.clock.advance(60 * DAY);
  const said = "listener secure: the certificate of example.org (/c.pem)";
  assertEquals(it.lines, [
    `${said} expires in 30 days, on 2027-02-01 12:00 UTC`,
    `${said} expires in 7 days, on 2027-02-01 12:00 UTC`,
    `${said} expires in 1 day, on 2027-02-01 12:00 UTC`,
    `${said} has expired on 2027-02-01 12:00 UTC: clients refuse it`,
  ]);
  it.stop();
  assertEquals(it.clock.timerCount, 0);
});

Deno.test("a start says the step that is reached, and one that is replaced begins anew", () => {
  const it = new Stage(END - 5 * DAY);
  assertEquals(it.lines.length, 1);
  it.certificates = [certificate(END + 90 * DAY)];
  it.clock.advance(60 * DAY);
  assertEquals(it.lines.length, 1);
  it.clock.advance(6 * DAY);
  assertEquals(
    it.lines.at(-1)?.includes("in 30 days") || it.lines.at(-1)?.includes("in 29 days"),
    true,
  );
  it.stop();
});

Deno.test("whole days are counted; of several certificates the first one's count", () => {
  assertEquals(daysLeft(certificate(), END - 1), 0);
  assertEquals(daysLeft(certificate(), END + 1), -1);
  assertEquals(expiryLine(["a", certificate()], END - 31 * DAY), undefined);
  const two = [["a", certificate()], ["a", certificate(END + DAY)], [
    "b",
    certificate(END),
  ]] as const;
  assertEquals(firstDays(two, END - 3 * DAY), { a: 3, b: 3 });
});
