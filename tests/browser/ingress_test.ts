/** The page below the ingress of Home Assistant, for which nginx stands: in a frame, without a login, with all it can do. */
import { assertEquals } from "@std/assert";
import { Broker } from "../../mod.ts";
import { missingChromium, startChromium } from "../support/chromium.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { programTest, startProgram } from "../support/foreign_program.ts";
import { TempFolder } from "../support/midge_process.ts";
import { freePorts } from "../support/mosquitto.ts";
import { optionalTest } from "../support/optional.ts";

const INGRESS = "/api/hassio_ingress/token";

/** The panel of Home Assistant, and its ingress: the path is taken off, the Host is the browser's. */
function nginxConf(folder: TempFolder, proxy: number, dashboard: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder.path}/${name};`).join(" ");
  return folder.write(
    "nginx.conf",
    `daemon off; master_process off; pid ${folder.path}/nginx.pid; error_log stderr; events {}
    http { access_log off; ${temporary} server {
      listen 127.0.0.1:${proxy};
      location = /midge { default_type text/html; return 200 '<iframe src="${INGRESS}/"></iframe>'; }
      location ${INGRESS}/ {
        proxy_pass http://127.0.0.1:${dashboard}/;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_set_header X-Ingress-Path ${INGRESS};
        proxy_set_header X-Remote-User-Name paulus;
        proxy_buffering off;
      }
    } }`,
  );
}

/** Runs in the frame: who the page is, what a change is answered, how a WebSocket ends. */
async function act(): Promise<[name: string, published: number, socket: string]> {
  const me = await (await fetch("api/v1/me")).json();
  const answer = await fetch("api/v1/publish", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ topicName: "a", payload: "b" }),
  });
  const socket = new WebSocket(new URL("mqtt", location.href).href.replace("http", "ws"), "mqtt");
  const end = await new Promise<string>((resolve) => {
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
  });
  socket.close();
  return [me.name, answer.status, end];
}

async function throughIngress(program: string): Promise<void> {
  await using folder = new TempFolder();
  const [proxy, dashboard] = freePorts(2);
  await using broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" } },
    plugins: {
      auth_anonymous: null,
      dashboard: { bind: `127.0.0.1:${dashboard}`, login_proxy: "127.0.0.1" },
    },
  });
  await broker.start();
  await using _nginx = await startProgram(program, {
    args: ["-c", nginxConf(folder, proxy!, dashboard!), "-p", folder.path],
    folder: folder.path,
    listensOn: { hostname: "127.0.0.1", port: proxy! },
  });
  const browser = await startChromium();
  await using _browser = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`http://homeassistant.localhost:${proxy}/midge`);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  const shown = page.frames().find((one) => one.url().includes(INGRESS));
  assertEquals(await shown?.evaluate(act), ["paulus by the login proxy", 200, "open"]);
}

const TITLE = "the page in a frame of Home Assistant";

if (missingChromium === undefined) await programTest("nginx", "-v", TITLE, throughIngress);
else optionalTest(missingChromium, TITLE, () => Promise.resolve());
