// join(), in this thread or in one of its own.
import type { Coordinator } from '@oarlock/recipes'
import type { Member } from '@oarlock/runtime'
import { joinIsolated } from './isolated/index.ts'
import { joinHere, type MemberOptions } from './member/index.ts'

/**
 * Makes this process a member of the cluster. Resolves when its log is read and it listens. A leader may not
 * be known by then.
 *
 *     await using member = await join({
 *       id: 'api-1',
 *       peers: { 'api-1': '127.0.0.1:7401', 'api-2': '127.0.0.1:7402', 'api-3': '127.0.0.1:7403' },
 *       data: './data/api-1',
 *     })
 *     await member.lead(async ({ signal, fence }) => { … })
 *
 * Throws InvalidOptionsError, DataLockedError, DataAccessError, WrongDataError, CorruptLogError, ListenError,
 * TlsError, BackupError or SnapshotFormatError; with `isolate` also WorkerFailedError.
 */
export async function join<Command = unknown, Result = unknown, Query = never, Answer = never>(
  options: MemberOptions<Command, Result, Query, Answer>,
): Promise<Member<Command, Result, Query, Answer> & Coordinator> {
  const isIsolated = (options as Partial<typeof options> | undefined)?.isolate ?? false
  return isIsolated === false ? joinHere(options) : joinIsolated(options)
}
