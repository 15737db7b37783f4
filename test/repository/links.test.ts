// The links in the documents work, and docs/README.md links to every page of docs/.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles, root } from './files.ts'

const documents = repositoryFiles().filter((path) => path.endsWith('.md'))

const withoutCode = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')

/** The targets of `[text](target)` and of `[name]: target`. */
const linksOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/gm)].map(
    (found) => found[1] ?? found[2]!,
  )

/** The anchors that GitHub makes of a document's headings. */
const anchorsOf = (text: string): string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** The broken links of a document. Links to other sites are not checked. */
function brokenIn(document: string, text: string): string[] {
  return linksOf(text).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path, anchor] = link.split('#')
    const target = path === '' ? document : join(dirname(document), path!)
    if (!existsSync(join(root, target))) return true
    if (anchor === undefined || (path !== '' && !target.endsWith('.md'))) return false
    return !anchorsOf(path === '' ? text : read(target)).includes(anchor)
  })
}

describe('the links', () => {
  it.each(documents)('of %s work', (document) => expect(brokenIn(document, read(document))).toEqual([]))

  it('of docs/README.md lead to every page of docs/ and of the root', () => {
    const linked = linksOf(read('docs/README.md')).map((link) => join('docs', link))
    const pages = documents.filter((path) => /^(?:docs\/)?[^/]+\.md$/.test(path) && path !== 'docs/README.md')
    expect(pages.filter((page) => !linked.includes(page))).toEqual([])
  })
})

describe('a link', () => {
  const text = '# One\n\n## `two`: a, b\n\n'
  it.each(['#one', '#two-a-b', 'docs/errors.md#errors', 'docs', 'https://example.org/none', 'README.md'])(
    'that works: %s',
    (link) => expect(brokenIn('CONTRIBUTING.md', `${text}[x](${link})`)).toEqual([]),
  )
  it.each(['#three', 'docs/none.md', 'docs/errors.md#none', '../README.md'])('that is broken: %s', (link) => {
    expect(brokenIn('CONTRIBUTING.md', `${text}[x](${link})`)).toEqual([link])
    expect(brokenIn('CONTRIBUTING.md', `${text}[x]\n\n[x]: ${link}`)).toEqual([link])
  })
  it('in code does not count', () =>
    expect(brokenIn('CONTRIBUTING.md', '`[x](none)`\n```\n[x](none)\n```\n')).toEqual([]))
})
