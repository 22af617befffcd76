/** The job for launchd (macOS), and what to type to start it. Pure. */
import { shellWord } from "../shell_word.ts";
import type { UnitPlan } from "./unit.ts";

/** Where the job stands. */
export function jobFile(name: string): string {
  return `/Library/LaunchDaemons/${labelOf(name)}.plist`;
}

/** What `launchctl` calls it. */
export function labelOf(name: string): string {
  return `org.midge.${name}`;
}

/** The file's text. */
export function jobText({ name, user, executable, config, dataDir }: UnitPlan): string {
  const words = [executable, "start", "-c", config, "--data-dir", dataDir];
  const log = `/usr/local/var/log/${name}.log`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by midge service install. -->
<plist version="1.0">
<dict>
  <key>Label</key><string>${escaped(labelOf(name))}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${escaped(word)}</string>`).join("\n")}
  </array>
  <key>UserName</key><string>${escaped(user)}</string>
  <key>WorkingDirectory</key><string>${escaped(dataDir)}</string>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>90</integer>
  <key>SoftResourceLimits</key><dict><key>NumberOfFiles</key><integer>65536</integer></dict>
  <key>StandardErrorPath</key><string>${escaped(log)}</string>
</dict>
</plist>
`;
}

/** As root. */
export function jobCommands({ name, user, dataDir, config }: UnitPlan): string[] {
  const folder = config.slice(0, config.lastIndexOf("/"));
  const log = `/usr/local/var/log/${name}.log`;
  return [
    `mkdir -p ${shellWord(dataDir)} /usr/local/var/log && touch ${log}`,
    `chown -R ${user} ${shellWord(folder)} ${shellWord(dataDir)} ${log}`,
    `launchctl bootstrap system ${jobFile(name)}`,
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
