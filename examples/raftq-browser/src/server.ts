// Serves files from memory, on this machine only.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { File } from './bundle.ts'

/** Port 0 means any free port. Rejects if the port is taken. */
export async function serve(
  files: ReadonlyMap<string, File>,
  port: number,
): Promise<{ server: Server; url: string }> {
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(new URL(url, 'http://localhost').pathname)
    response.writeHead(file ? 200 : 404, {
      'content-type': `${file?.type ?? 'text/plain'}; charset=utf-8`,
      'cache-control': 'no-cache',
    })
    response.end(file?.body ?? 'not found')
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}
