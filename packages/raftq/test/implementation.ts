// Selects the library that the tests of known failures run on. raftq itself can run them too, and fails them:
//
//   mkdir elsewhere && cd elsewhere && npm init -y && npm i raftq
//   RAFTQ_IMPLEMENTATION=elsewhere npx vitest run --project unit packages/raftq/test/known-failures.test.ts
//
// Run the second line in the root of the repository. raftq uses the global clock, and its messages have no
// such `data`.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { Raftq, type RaftqOptions } from '@oarlock/raftq'
import { vi } from 'vitest'
import { Pipe, type Sent } from './pipe.ts'

const folder = process.env.RAFTQ_IMPLEMENTATION
const original: typeof Raftq | null = folder === undefined ? null : load(resolve(folder))

function load(from: string): typeof Raftq {
  const require = createRequire(join(from, 'package.json'))
  // Its `main` is for bundlers. Node cannot load it.
  const forNode = join(from, 'node_modules/raftq/dist/index.cjs')
  return require(existsSync(forNode) ? forNode : 'raftq').Raftq
}

/** The pipe of all tests, with raftq in it if that is selected. */
export class PipeOfEither extends Pipe {
  constructor(options: Partial<RaftqOptions> = {}) {
    super(options)
    if (original !== null) this.#replaceGlobalClock()
  }

  protected override newRaftq(options: RaftqOptions): Raftq {
    return new (original ?? Raftq)(options)
  }

  #replaceGlobalClock(): void {
    const { platform } = this
    // Like Node.js: NaN counts as 1.
    const set = (run: () => void, ms: number): (() => void) => {
      if (ms >= 1) return platform.setTimer(run, ms)
      this.waits.push(ms)
      return platform.setTimer(run, 1)
    }
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) => ({ cancel: set(run, ms) }))
    vi.stubGlobal('setInterval', (run: () => void, ms: number) => {
      const timer = { cancel: () => {} }
      const again = (): void => {
        timer.cancel = set(again, ms)
        run()
      }
      timer.cancel = set(again, ms)
      return timer
    })
    const clear = (timer?: { readonly cancel: () => void }): void => timer?.cancel()
    vi.stubGlobal('clearTimeout', clear)
    vi.stubGlobal('clearInterval', clear)
    vi.spyOn(Math, 'random').mockImplementation(platform.random)
  }

  override async destroy(): Promise<void> {
    await super.destroy()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  }
}

interface CoreMessage {
  readonly type: string
  readonly term: number
  readonly granted?: boolean
}

/** A message of our core, which travels inside `data`. */
export const messageOf = ({ body }: Sent, type: string): CoreMessage | undefined =>
  (body.data?.messages as unknown as readonly CoreMessage[] | undefined)?.find(
    (message) => message.type === type,
  )

/** The term in which the message grants a vote, or null if it grants none. */
export function grantedVote(message: Sent): number | null {
  const { event, body } = message
  if (event !== 'voteResponse') return null
  if (original !== null) return 'granted' in body && body.granted ? body.term : null
  const vote = messageOf(message, 'voteResponse')
  return vote?.granted ? vote.term : null
}
