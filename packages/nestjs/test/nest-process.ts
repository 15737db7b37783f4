// A process of a test that is a Nest application, on one of the Nests that are supported.
import { NodeProcess } from '@oarlock/test-support/node-process'

export type NestVersion = 10 | 11 | 12

export const nestVersions: readonly NestVersion[] = [10, 11, 12]

/** `program` is a file beside this one; it may have decorators. */
export function nestProcess(version: NestVersion, program: string, ...args: readonly string[]): NodeProcess {
  const [hooks, entry] = [
    new URL(`on-nest.mjs?${version}`, import.meta.url),
    new URL(program, import.meta.url),
  ]
  return new NodeProcess('--import', hooks.href, entry.pathname, ...args)
}
