// The commands that instances send to Redis, and the messages that it sends them, measured with MONITOR.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Traffic {
  /** Commands of clients per second, without those inside scripts. */
  readonly commands: number
  /** The PUBLISH commands among them, per second. */
  readonly published: number
  /** Payloads to subscribers per second. A published message counts once for each subscriber. */
  readonly delivered: number
}

/** `+1700000000.123456 [0 127.0.0.1:50000] "PUBLISH" "channel" "payload"`; of a script: `[0 lua]`. */
const line = /^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"(?: "((?:[^"\\]|\\.)*)")?/

export interface Commands {
  readonly commands: number
  readonly published: ReadonlyMap<string, number>
}

export function countCommands(lines: readonly string[]): Commands {
  let commands = 0
  const published = new Map<string, number>()
  for (const text of lines) {
    const [, from, command, first = ''] = line.exec(text) ?? []
    if (command === undefined || from === 'lua') continue
    commands++
    if (command.toUpperCase() === 'PUBLISH') published.set(first, (published.get(first) ?? 0) + 1)
  }
  return { commands, published }
}

/** Measures all clients of that Redis. */
export async function measureTraffic(port: number, seconds: number): Promise<Traffic> {
  const socket = await open(port)
  try {
    const lines: string[] = []
    const reader = createInterface({ input: socket }).on('line', (text) => lines.push(text))
    socket.write('MONITOR\r\n')
    await once(reader, 'line')
    const start = performance.now()
    await sleep(seconds * 1000)
    const { commands, published } = countCommands(lines)
    const elapsed = (performance.now() - start) / 1000
    const subscribers = await countSubscribers(port, [...published.keys()])
    const sum = (of: (channel: string, count: number) => number): number =>
      [...published].reduce((total, [channel, count]) => total + of(channel, count), 0)
    return {
      commands: commands / elapsed,
      published: sum((_channel, count) => count) / elapsed,
      delivered: sum((channel, count) => count * (subscribers.get(channel) ?? 0)) / elapsed,
    }
  } finally {
    socket.destroy()
  }
}

async function countSubscribers(
  port: number,
  channels: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (channels.length === 0) return new Map()
  const socket = await open(port)
  try {
    const counts: number[] = []
    const reader = createInterface({ input: socket })
    socket.write(`PUBSUB NUMSUB ${channels.join(' ')}\r\n`)
    for await (const text of reader) {
      if (text.startsWith(':')) counts.push(Number(text.slice(1)))
      if (counts.length === channels.length) break
    }
    return new Map(channels.map((channel, at) => [channel, counts[at]!]))
  } finally {
    socket.destroy()
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}
