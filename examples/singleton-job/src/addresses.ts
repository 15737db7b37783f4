// Finds free ports of 127.0.0.1 for the members.
import { once } from 'node:events'
import { createServer } from 'node:net'

const host = '127.0.0.1'
/**
 * Ports below those that systems use for outgoing connections (from 32768 on Linux, from 49152 elsewhere).
 * Otherwise a peer that calls a member while it is down could be given that very port, connect to itself, and
 * occupy it.
 */
const lowest = 20_000
const highest = 32_000

export async function freeAddresses(count: number): Promise<string[]> {
  const addresses = new Set<string>()
  for (let tries = 0; addresses.size < count; tries++) {
    if (tries > 1000) throw new Error(`no free ports between ${lowest} and ${highest}`)
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (await isFree(port)) addresses.add(`${host}:${port}`)
  }
  return [...addresses]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ||
      (error as NodeJS.ErrnoException).code === 'EACCES'
    )
      return false
    throw error
  }
}
