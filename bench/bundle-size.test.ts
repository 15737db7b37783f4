import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type BundleSize, limit, measureBundles, publish, publishedSizes } from './bundle-size.ts'

const readme = readFileSync(join(dirname(import.meta.dirname), 'packages/raftq/README.md'), 'utf8')

describe('what a browser has to load', () => {
  let sizes: readonly BundleSize[] = []
  beforeAll(async () => {
    sizes = await measureBundles()
  })

  it('is within its limit', () => {
    const { gzipped } = sizes.at(-1)!
    expect(gzipped).toBeGreaterThan(limit / 4) // or something is missing in the bundle
    expect(gzipped).toBeLessThanOrEqual(limit)
  })
  it('is what the README says, within 2 % (if not: npm run size -- --update)', () => {
    const published = publishedSizes(readme)
    expect(published).toHaveLength(sizes.length)
    for (const [i, { gzipped, what }] of sizes.entries())
      expect(Math.abs(published[i]! / gzipped - 1), what).toBeLessThan(0.02)
  })
})

describe('the table', () => {
  const document = 'before\n<!-- npm run size -->\nold\n<!-- /npm run size -->\nafter\n'

  it('is written between the markers, and read back', () => {
    const published = publish(document, [{ what: 'a', minified: 20_000, gzipped: 7_654 }])
    expect(published).toMatch(/^before\n[\s\S]*\| +20,000 \| +7,654 \|\n<!-- \/npm run size -->\nafter\n$/)
    expect(publishedSizes(published)).toEqual([7_654])
  })
  it('needs the markers', () => {
    expect(() => publish('nothing', [])).toThrow(/npm run size/)
    expect(publishedSizes('nothing')).toEqual([])
  })
})
