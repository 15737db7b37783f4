// docs/divergence.md names a test for each difference, and these tests exist.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const [, ...differences] = readFileSync(join(root, 'docs/divergence.md'), 'utf8').split(/^### /m)

describe('a difference from etcd/raft is pinned by a test that exists', () => {
  test.each(differences.map((text) => [text.split('\n')[0]!, text]))('%s', (_title, text) => {
    const pins = [...text.matchAll(/^\* `([^`]+)`: “([^”]+)”$/gm)]
    expect(pins.length).toBeGreaterThan(0)
    for (const [, path, title] of pins)
      expect(readFileSync(join(root, path!), 'utf8')).toContain(`'${title}'`)
  })
})
