// The api.md of each package lists its public types, so that every change of them is reviewed.
import { beforeAll, describe, expect, it } from 'vitest'
import { read, repositoryFiles } from '../files.ts'
import { compile, reported, reportFile, reportOf } from './report.ts'

describe('the reports of the public types', () => {
  beforeAll(compile)

  it('exist for every published package, and for no other', () => {
    expect(reported.length).toBeGreaterThan(5)
    const files = repositoryFiles().filter((path) => /^packages\/[^/]+\/api\.md$/.test(path))
    expect(files.toSorted()).toEqual(reported.map(reportFile))
  })

  it.each(reported)('%s/api.md is up to date (npm run api -- --update writes it)', (folder) =>
    expect(read(reportFile(folder))).toBe(reportOf(folder)),
  )
})
