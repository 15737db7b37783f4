// One .d.ts file of the compiler: its declarations, imports and exports.
import { type ESTree, parseSync, Visitor } from 'rolldown/utils'

/** A name in another module. The name `*` is the module itself. */
export interface Reference {
  readonly specifier: string
  readonly name: string
}

export interface Declaration {
  /**
   * One text for each declaration of the name: overloads, or an interface beside a constant. Without
   * comments.
   */
  readonly texts: string[]
  /** The names in scope that the texts use. */
  readonly uses: Set<string>
  /** The names that they use through `import('…')`. */
  readonly remote: Reference[]
}

export interface DeclarationFile {
  readonly declarations: ReadonlyMap<string, Declaration>
  readonly imports: ReadonlyMap<string, Reference>
  /** For each exported name, the name in this file or in another one. */
  readonly exports: ReadonlyMap<string, string | Reference>
  /** The specifiers of `export * from`. */
  readonly stars: readonly string[]
}

interface Range {
  readonly start: number
  readonly end: number
}

const nameOf = (node: ESTree.ModuleExportName): string => (node.type === 'Literal' ? node.value : node.name)

/** The first name of `a.b.c`. */
function firstName(node: { readonly type: string }): string | null {
  const { type, name, left, object } = node as {
    type: string
    name?: string
    left?: typeof node
    object?: typeof node
  }
  if (type === 'Identifier') return name!
  const next = type === 'TSQualifiedName' ? left : type === 'MemberExpression' ? object : undefined
  return next === undefined ? null : firstName(next)
}

/** The text of a range, without the ranges in `cut` and the blank lines that they leave. */
function textWithout(source: string, { start, end }: Range, cut: readonly Range[]): string {
  const inside = cut.filter((range) => range.start >= start && range.end <= end)
  let text = ''
  let at = start
  for (const range of inside.toSorted((a, b) => a.start - b.start)) {
    if (range.start < at) continue // inside the previous range
    text += source.slice(at, range.start)
    at = range.end
  }
  return `${text}${source.slice(at, end)}`.replaceAll(/^\s*\n/gm, '').trim()
}

function namesDeclared(node: ESTree.Declaration, path: string): string[] {
  if (node.type === 'VariableDeclaration')
    return node.declarations.map(({ id }) => firstName(id) ?? fail(path, 'a pattern'))
  if ('id' in node && node.id !== null) return [firstName(node.id) ?? fail(path, node.type)]
  return fail(path, node.type)
}

function fail(path: string, what: string): never {
  throw new Error(`${path}: the report knows nothing of ${what}`)
}

export function parseDeclarationFile(path: string, source: string): DeclarationFile {
  const { program, comments, errors } = parseSync(path, source)
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]!.message}`)
  const declarations = new Map<string, Declaration>()
  const imports = new Map<string, Reference>()
  const exports = new Map<string, string | Reference>()
  const stars: string[] = []
  const hidden: Range[] = []
  const used: { at: number; name: string | Reference }[] = []

  const use = (node: { readonly start: number; readonly type: string }): void => {
    const name = firstName(node)
    if (name !== null) used.push({ at: node.start, name })
  }
  /** Users cannot see a private member, but they can see that a constructor is private. */
  const hidePrivate = (node: ESTree.PropertyDefinition | ESTree.MethodDefinition): void => {
    if (node.accessibility === 'private' && !('kind' in node && node.kind === 'constructor'))
      hidden.push(node)
  }
  new Visitor({
    TSTypeReference: ({ typeName }) => use(typeName),
    TSTypeQuery: ({ exprName }) => use(exprName),
    TSInterfaceHeritage: ({ expression }) => use(expression),
    TSClassImplements: ({ expression }) => use(expression),
    ClassDeclaration: ({ superClass }) => void (superClass !== null && use(superClass)),
    TSPropertySignature: ({ computed, key }) => void (computed && use(key)),
    TSMethodSignature: ({ computed, key }) => void (computed && use(key)),
    PropertyDefinition: (node) => {
      if (node.computed) use(node.key)
      hidePrivate(node)
    },
    MethodDefinition: (node) => {
      if (node.computed) use(node.key)
      hidePrivate(node)
    },
    TSImportType: ({ source: from, qualifier, start }) =>
      void used.push({
        at: start,
        name: { specifier: from.value, name: (qualifier && firstName(qualifier)) ?? '*' },
      }),
  }).visit(program)

  const declare = (node: ESTree.Declaration): string[] => {
    const names = namesDeclared(node, path)
    const text = textWithout(source, node, [...comments, ...hidden])
    const within = used.filter(({ at }) => at >= node.start && at < node.end).map(({ name }) => name)
    for (const name of names) {
      const declaration = declarations.get(name) ?? { texts: [], uses: new Set(), remote: [] }
      declarations.set(name, declaration)
      declaration.texts.push(text)
      for (const other of within)
        if (typeof other === 'string') declaration.uses.add(other)
        else declaration.remote.push(other)
    }
    return names
  }

  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      for (const specifier of node.specifiers) {
        const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : '*'
        if (specifier.type === 'ImportDefaultSpecifier') fail(path, 'a default import')
        imports.set(specifier.local.name, { specifier: node.source.value, name })
      }
    } else if (node.type === 'ExportAllDeclaration') {
      const { exported, source: from } = node
      if (exported === null) stars.push(from.value)
      else exports.set(nameOf(exported), { specifier: from.value, name: '*' })
    } else if (node.type === 'ExportNamedDeclaration') {
      if (node.declaration !== null) for (const name of declare(node.declaration)) exports.set(name, name)
      for (const { local, exported } of node.specifiers) {
        const name = nameOf(local)
        exports.set(nameOf(exported), node.source === null ? name : { specifier: node.source.value, name })
      }
    } else if (/^TS\w+Declaration$|^(?:Variable|Class|Function)Declaration$/.test(node.type)) {
      declare(node as ESTree.Declaration)
    } else fail(path, node.type)
  }
  return { declarations, imports, exports, stars }
}
