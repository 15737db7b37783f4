// `npm start`: bundles the page and serves it. Open it in several tabs of one browser.
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { serve } from './server.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } })
try {
  const { url } = await serve(await bundle(), Number(values.port))
  process.stdout.write(`Open ${url} in two or more tabs of one browser. Press Ctrl-C to stop.\n`)
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : cause}\n`)
  process.exitCode = 1
}
