// The child processes and data folders of the benchmark. All are registered here, and are gone when the
// benchmark ends, by itself or by Ctrl-C.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const running = new Set<ChildProcess>()
/** Children that lead a process group of their own, whose other processes only they know. */
const groups = new Set<ChildProcess>()
const folders = new Set<string>()

export function register<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** For a child started with `detached`. At the end its whole group is killed. */
export function registerGroup(child: ChildProcess): void {
  groups.add(child)
  child.once('exit', () => groups.delete(child))
}

/** Kills a process. Resolves when it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Sends `order`, and resolves with the counts of the next report that has them. */
export function askForCounts<Counts>(
  child: ChildProcess,
  order: { readonly type: 'count' },
): Promise<Counts> {
  const counted = new Promise<Counts>((resolve) => {
    const listener = (report: { readonly type: string; readonly counts?: Counts }): void => {
      if (report.type !== 'counts') return
      child.off('message', listener)
      resolve(report.counts!)
    }
    child.on('message', listener)
  })
  child.send(order)
  return counted
}

/** An empty folder for data. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-bench-'))
  folders.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}

function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL')
  for (const { pid } of groups) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  // A process that was just killed may still write into its folder, so try again.
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}

export function cleanUpAtExit(): void {
  process.on('exit', cleanUp)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => process.exit(code))
  }
}

/** TCP ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
    return address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
