// join(): opens the ports and starts the member.
import { type Member, RunningMember } from '@oarlock/runtime'
import { shutdownSignals } from '../node/index.ts'
import { TcpTransport } from '../transport/index.ts'
import { DiskLogStore } from '../wal/index.ts'
import type { MemberOptions } from './member-options.ts'
import { resolveOptions } from './options.ts'

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
 * Throws InvalidOptionsError, DataLockedError, WrongDataError, CorruptLogError or ListenError.
 */
export async function join<Command = unknown, Result = unknown>(
  options: MemberOptions<Command, Result>,
): Promise<Member<Command, Result>> {
  const settings = resolveOptions(options)
  const { config, cluster, peers, listen, logger } = settings
  const { id } = config
  const store = options.logStore ?? new DiskLogStore({ directory: options.data!, cluster, id, logger })
  const transport = options.transport ?? new TcpTransport({ id, listen, peers, cluster, logger })
  const opened = await store.open()
  const member = new RunningMember<Command, Result>({ settings, opened, store, transport })
  const unwatch = shutdownSignals.watch(settings.shutdownSignals, () => member.close())
  member.closed.then(unwatch, unwatch)
  try {
    await transport.open(member.receiver)
  } catch (cause) {
    await member.close()
    throw cause
  }
  member.start()
  return member
}
