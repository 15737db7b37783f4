// The streams of a client, which dials and is never dialled.
import type { EventLogger } from '@oarlock/runtime'
import { layerContext } from './layer-context.ts'
import type { NameLookup } from './names/index.ts'
import { TcpStreamLayer } from './tcp-stream-layer.ts'
import type { TlsOptions } from './tls/index.ts'

export function clientLayer({ logger, tls }: { readonly logger: EventLogger; readonly tls?: TlsOptions }): {
  readonly layer: TcpStreamLayer
  readonly lookup: NameLookup
} {
  const options = { id: 'client', peers: {}, listen: '', logger, ...(tls === undefined ? {} : { tls }) }
  const context = layerContext(options)
  return { layer: new TcpStreamLayer(options, context), lookup: context.lookup }
}
