// Circles of files, and circles of folders.
import type { Graph } from './graph.ts'

/**
 * The sets of nodes that reach each other (Tarjan's strongly connected components), sorted, without single
 * nodes.
 */
export function circlesIn(graph: Graph): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []

  const visit = (node: string): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      // A node that has left the stack belongs to a complete set.
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== index.get(node)) return
    const set = stack.splice(stack.indexOf(node))
    if (set.length > 1) circles.push(set.toSorted())
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return circles.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))
}

/** The child of `folder` on the way to `path`: a file, or a folder with `/` at its end. */
function childOf(folder: string, path: string): string | null {
  if (!path.startsWith(`${folder}/`)) return null
  const [child, ...rest] = path.slice(folder.length + 1).split('/')
  return `${folder}/${child}${rest.length > 0 ? '/' : ''}`
}

/** The graph of the children of `folder`. A folder stands for all files in it. */
function contracted(graph: Graph, folder: string): Graph {
  const result = new Map<string, Set<string>>()
  for (const [from, imported] of graph) {
    const child = childOf(folder, from)
    if (child === null) continue
    const targets = result.get(child) ?? new Set()
    result.set(child, targets)
    for (const to of imported) {
      const target = childOf(folder, to)
      if (target !== null && target !== child) targets.add(target)
    }
  }
  return result
}

/** The folders below `root`, and `root` itself. */
function foldersBelow(graph: Graph, root: string): string[] {
  const folders = new Set<string>()
  for (const file of graph.keys()) {
    if (!file.startsWith(`${root}/`)) continue
    for (let at = file.lastIndexOf('/'); at >= root.length; at = file.lastIndexOf('/', at - 1))
      folders.add(file.slice(0, at))
  }
  return [...folders].toSorted()
}

/**
 * Circles through a folder: two folders that import each other, or a folder and a file beside it. Each file
 * beside the folders is a node of its own, so one file may import them all, and all may import another.
 */
export const folderCirclesIn = (graph: Graph, root: string): string[][] =>
  foldersBelow(graph, root).flatMap((folder) =>
    circlesIn(contracted(graph, folder)).filter((circle) => circle.some((child) => child.endsWith('/'))),
  )

/** The imports that make a circle, as `from → to`: one for each pair of its members, which are files or folders. */
export function importsOfCircle(graph: Graph, circle: readonly string[]): string[] {
  const memberOf = (file: string) =>
    circle.find((member) => (member.endsWith('/') ? file.startsWith(member) : file === member))
  const samples = new Map<string, string>()
  for (const [from, imported] of graph)
    for (const to of imported) {
      const [one, other] = [memberOf(from), memberOf(to)]
      if (one !== undefined && other !== undefined && one !== other)
        samples.set(`${one} ${other}`, `${from} → ${to}`)
    }
  return [...samples.values()].toSorted()
}
