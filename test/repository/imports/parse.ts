// The modules that a source file imports. Type imports count, because a file cannot be understood without its
// types.
import { parseSync, Visitor } from 'rolldown/utils'

/** Every specifier, once: of `import`, `export … from`, `import()`, and `import('…')` in types. */
export function importsOf(path: string, source: string): string[] {
  const { module, program, errors } = parseSync(path, source)
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors.map(({ message }) => message).join('; ')}`)
  const found = new Set<string>()
  for (const { moduleRequest } of module.staticImports) found.add(moduleRequest.value)
  for (const { entries } of module.staticExports)
    for (const { moduleRequest } of entries) if (moduleRequest !== null) found.add(moduleRequest.value)
  new Visitor({
    // `export {} from './x.ts'` has no entries, and a dynamic import may have any expression.
    ExportNamedDeclaration: ({ source: from }) => void (from !== null && found.add(from.value)),
    ImportExpression: ({ source: from }) =>
      void (from.type === 'Literal' && typeof from.value === 'string' && found.add(from.value)),
    TSImportType: ({ source: from }) => void found.add(from.value),
  }).visit(program)
  return [...found]
}
