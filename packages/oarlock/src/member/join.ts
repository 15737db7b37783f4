// join(): opens the ports and starts the member.
import { TcpTransport } from '../transport/index.ts'
import { DiskLogStore } from '../wal/index.ts'
import type { Member, MemberOptions } from './member.ts'
import { settle } from './options.ts'
import { MemberRuntime } from './runtime.ts'

/**
 * Makes this process a member of the cluster. Resolves when its log is read and it listens; a leader may not be known yet.
 *
 *     await using member = await join({
 *       id: 'api-1',
 *       peers: { 'api-1': '127.0.0.1:7401', 'api-2': '127.0.0.1:7402', 'api-3': '127.0.0.1:7403' },
 *       data: './data/api-1',
 *     })
 *     await member.lead(async ({ signal, fence }) => { … })
 *
 * Throws InvalidOptionsError; what the log store finds wrong (DataLockedError, WrongDataError, CorruptLogError); ListenError.
 */
export async function join<Command = unknown, Result = unknown>(
  options: MemberOptions<Command, Result>,
): Promise<Member<Command, Result>> {
  const settings = settle(options)
  const { config, cluster, peers, listen, logger } = settings
  const { id } = config
  const store = options.logStore ?? new DiskLogStore({ directory: options.data!, cluster, id })
  const transport = options.transport ?? new TcpTransport({ id, listen, peers, cluster, logger })
  const opened = await store.open()
  const member = new MemberRuntime<Command, Result>({ settings, opened, store, transport })
  try {
    await transport.open(member.receiver)
  } catch (cause) {
    await member.close()
    throw cause
  }
  member.start()
  return member
}
