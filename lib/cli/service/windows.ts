/**
 * Midge at the start of Windows. A service of Windows answers its control manager, which a program of Deno's cannot, so
 * it is a task that starts with the machine. Pure.
 */

/** What to run, and with what. */
export interface TaskPlan {
  readonly name: string;
  readonly executable: string;
  readonly config: string;
}

/** For PowerShell, run as administrator. */
export function taskCommands({ name, executable, config }: TaskPlan): string[] {
  const run = `start -c "${config}"`;
  return [
    `$action = New-ScheduledTaskAction -Execute ${quoted(executable)} -Argument ${quoted(run)}`,
    "$trigger = New-ScheduledTaskTrigger -AtStartup",
    "$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit 0 -RestartCount 99 -RestartInterval (New-TimeSpan -Minutes 1)",
    `Register-ScheduledTask -TaskName ${
      quoted(name)
    } -Action $action -Trigger $trigger -Settings $settings ` +
    "-User 'NT AUTHORITY\\LOCAL SERVICE'",
    `Start-ScheduledTask -TaskName ${quoted(name)}`,
  ];
}

/** What to know. */
export const TASK_NOTES: readonly string[] = [
  "Windows: a service answers the service control manager, which the executable does not; a task that starts with the",
  "machine is the way without another program. With WinSW or NSSM around the executable it is a service of its own.",
  "In PowerShell, as administrator:",
];

/** PowerShell takes typographic quotes for these too. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
}
