// Makes a process use Nest 10, 11 or 12, like the projects in vitest.config.ts:
// node --import file:///…/packages/nestjs/test/on-nest.mjs?10 main.ts
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import '../../../scripts/decorators.mjs'

const { search } = new URL(import.meta.url)
const folder = new URL(`../../../test/nest${search.slice(1)}/`, import.meta.url)

registerHooks({
  resolve(specifier, context, nextResolve) {
    const name = /^(@nestjs\/[\w-]+|bullmq)/.exec(specifier)?.[1]
    const isHere = name !== undefined && existsSync(new URL(`node_modules/${name}/package.json`, folder))
    return nextResolve(
      specifier,
      isHere ? { ...context, parentURL: new URL('any.js', folder).href } : context,
    )
  },
})
