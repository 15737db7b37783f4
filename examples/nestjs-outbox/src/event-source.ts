// The event source: an append-only file with one event a line. The first line has position 1.
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

export interface StoredEvent {
  readonly position: number
  readonly text: string
}

/** The most events in one batch. */
export const batchSize = 20

/** How often to look for new events, in ms. */
const pollInterval = 10

/**
 * A catch-up subscription: yields all events after `position`, and then new ones. It never ends by itself,
 * and throws the signal's reason.
 */
export async function* eventsAfter(
  path: string,
  position: number,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<readonly StoredEvent[]> {
  const file = await open(path)
  try {
    yield* follow(file, position, signal)
  } finally {
    await file.close()
  }
}

async function* follow(
  file: FileHandle,
  position: number,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  const chunk = Buffer.alloc(64 * 1024)
  let rest = Buffer.alloc(0)
  let read = 0
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead } = await file.read(chunk)
    if (bytesRead === 0) await pause(pollInterval, null, { signal })
    const [lines, torn] = wholeLines(Buffer.concat([rest, chunk.subarray(0, bytesRead)]))
    rest = torn
    const events = lines
      .map((text) => ({ position: ++read, text }))
      .filter((event) => event.position > position)
    for (let i = 0; i < events.length; i += batchSize) yield events.slice(i, i + batchSize)
  }
}

/** Splits off the whole lines. The rest is an incomplete line. */
function wholeLines(bytes: Buffer): [lines: readonly string[], rest: Buffer<ArrayBuffer>] {
  const end = bytes.lastIndexOf('\n') + 1
  const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1)
  return [lines, Buffer.from(bytes.subarray(end))]
}
