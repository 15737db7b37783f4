// Starts a member in a process of its own. Its output goes to the log file of the member.
import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { MemberArguments } from './protocol.ts'
import { memberLog } from './run-directory.ts'

export interface StartedMember {
  readonly child: ChildProcess
  /** Resolves with its exit code or signal. Rejects if it cannot be started. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export function startMember(args: MemberArguments): StartedMember {
  const log = openSync(memberLog(args.directory, args.id), 'a')
  const child = fork(join(import.meta.dirname, 'member-process.ts'), [JSON.stringify(args)], {
    stdio: ['ignore', log, log, 'ipc'],
    // The terminal sends Ctrl-C to the supervisor alone, which decides how the run ends.
    detached: true,
  })
  closeSync(log)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject)
    // Its last message may arrive after `exit`, but not after `disconnect`.
    child.once('exit', (code, signal) =>
      child.connected ? child.once('disconnect', () => resolve(code ?? signal)) : resolve(code ?? signal),
    )
  })
  return { child, ended }
}
