// Starts a Nest application as a process, on one of the supported versions of Nest.
import { NodeProcess } from '@oarlock/test-support/node-process'

export type NestVersion = 10 | 11 | 12

export const nestVersions: readonly NestVersion[] = [10, 11, 12]

/** `program` is a file in this folder. It may use decorators. */
export function nestProcess(version: NestVersion, program: string, ...args: readonly string[]): NodeProcess {
  const [hooks, entry] = [
    new URL(`on-nest.mjs?${version}`, import.meta.url),
    new URL(program, import.meta.url),
  ]
  return new NodeProcess('--import', hooks.href, entry.pathname, ...args)
}
