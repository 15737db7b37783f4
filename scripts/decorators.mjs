// Lets Node run TypeScript with decorators, as NestJS applications have them:
// node --import ./scripts/decorators.mjs main.ts. Node runs other TypeScript by itself.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'rolldown/utils'

/** The helpers that compiled decorators call, as TypeScript emits them. */
const helpers = {
  '@oxc-project/runtime/helpers/decorate': `export default (decorators, target, key, of) => {
    const descriptor = of === null ? Object.getOwnPropertyDescriptor(target, key) : of
    const isClass = key === undefined
    const apply = (value, decorate) => (isClass ? decorate(value) : decorate(target, key, value)) || value
    const value = decorators.reduceRight(apply, isClass ? target : descriptor)
    if (!isClass && value) Object.defineProperty(target, key, value)
    return value
  }`,
  '@oxc-project/runtime/helpers/decorateMetadata': `export default (key, value) => Reflect.metadata(key, value)`,
  '@oxc-project/runtime/helpers/decorateParam': `export default (at, decorate) => (target, key) => decorate(target, key, at)`,
}

const isDecorated = /^\s*@[A-Z]\w*\(/m

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier in helpers) return { url: `oarlock:${specifier}`, format: 'module', shortCircuit: true }
    return nextResolve(specifier, context)
  },
  load(url, context, nextLoad) {
    if (url.startsWith('oarlock:'))
      return { format: 'module', source: helpers[url.slice('oarlock:'.length)], shortCircuit: true }
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/'))
      return nextLoad(url, context)
    const file = fileURLToPath(url)
    const text = readFileSync(file, 'utf8')
    if (!isDecorated.test(text)) return nextLoad(url, context)
    const { code, errors } = transformSync(file, text, {
      decorator: { legacy: true, emitDecoratorMetadata: true },
    })
    if (errors.length > 0)
      throw new SyntaxError(`${file}: ${errors.map(({ message }) => message).join('; ')}`)
    return { format: 'module', source: code, shortCircuit: true }
  },
})
