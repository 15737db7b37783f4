// Links of the documents lead somewhere, and docs/README.md leads to every page of docs/.
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

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (text: string): string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** The links of a document that lead nowhere. Those to other sites are not followed. */
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
  it.each(documents)('of %s lead somewhere', (document) =>
    expect(brokenIn(document, read(document))).toEqual([]),
  )

  it('of docs/README.md lead to every page of docs/, and to every page at the root', () => {
    const linked = linksOf(read('docs/README.md')).map((link) => join('docs', link))
    const pages = documents.filter((path) => /^(?:docs\/)?[^/]+\.md$/.test(path) && path !== 'docs/README.md')
    expect(pages.filter((page) => !linked.includes(page))).toEqual([])
  })
})

describe('a link', () => {
  const text = '# One\n\n## `two`: a, b\n\n'
  it.each(['#one', '#two-a-b', 'docs/errors.md#errors', 'docs', 'https://example.org/none', 'README.md'])(
    'that leads somewhere: %s',
    (link) => expect(brokenIn('CONTRIBUTING.md', `${text}[x](${link})`)).toEqual([]),
  )
  it.each(['#three', 'docs/none.md', 'docs/errors.md#none', '../README.md'])(
    'that leads nowhere: %s',
    (link) => {
      expect(brokenIn('CONTRIBUTING.md', `${text}[x](${link})`)).toEqual([link])
      expect(brokenIn('CONTRIBUTING.md', `${text}[x]\n\n[x]: ${link}`)).toEqual([link])
    },
  )
  it('in code is none', () =>
    expect(brokenIn('CONTRIBUTING.md', '`[x](none)`\n```\n[x](none)\n```\n')).toEqual([]))
})
