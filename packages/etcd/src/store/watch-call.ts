// One call of etcd's Watch, for one watch. It is read when its consumer asks, and HTTP/2's flow control holds
// back etcd.
import type { Etcd3, IWatchCreateRequest, IWatchResponse } from 'etcd3'
import type { CallOptions } from '../connection/index.ts'

/** Methods of grpc-js that the types of etcd3 leave out. */
interface Readable {
  on(event: 'readable' | 'end', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  read(): IWatchResponse | null
  write(request: { readonly create_request: IWatchCreateRequest }): void
  end(): void
  cancel(): void
}

export class WatchCall {
  readonly #stream: Readable
  #hasEnded = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  private constructor(stream: Readable) {
    this.#stream = stream
    stream.on('readable', () => this.#wake?.())
    stream.on('end', () => {
      this.#hasEnded = true
      this.#wake?.()
    })
    stream.on('error', (error) => {
      this.#error = error
      this.#wake?.()
    })
  }

  static async open(
    { watchClient }: Etcd3,
    request: IWatchCreateRequest,
    options: CallOptions,
  ): Promise<WatchCall> {
    const stream: unknown = await watchClient.watch(options)
    const call = new WatchCall(stream as Readable)
    call.#stream.write({ create_request: request })
    return call
  }

  /** Null: it was closed, or etcd has ended it. Rejects with why it has failed. */
  async next(): Promise<IWatchResponse | null> {
    for (;;) {
      const response = this.#hasEnded ? null : this.#stream.read()
      if (response !== null) return response
      if (this.#error !== null) throw this.#error
      if (this.#hasEnded) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#hasEnded = true
    this.#wake?.()
    // Its end comes first: a call that is cancelled before counts as a broken connection.
    this.#stream.end()
    this.#stream.cancel()
  }
}
