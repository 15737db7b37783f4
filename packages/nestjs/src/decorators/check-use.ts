// Checks where a decorator is used, and with which arguments. A wrong use would otherwise have no effect, and
// the method would run on every instance.
import { InvalidOptionsError } from 'oarlock'
import { checkName } from '../election/index.ts'

/** Throws InvalidOptionsError for `@Decorator` without parentheses, and for a name that cannot be one. */
export function checkElectionArgument(decorator: string, election: unknown): void {
  if (election === undefined) return
  if (typeof election === 'function' || typeof election === 'object') refuseBare(decorator)
  checkName(election, `@${decorator}`)
}

export function refuseBare(decorator: string): never {
  throw new InvalidOptionsError(`@${decorator} stands without parentheses: write @${decorator}()`)
}

/** Throws InvalidOptionsError unless the decorator stands above a method of instances. */
export function checkIsMethod(
  decorator: string,
  target: unknown,
  key: unknown,
  descriptor: { readonly value?: unknown } | undefined,
): void {
  const refuse = (why: string): never => {
    throw new InvalidOptionsError(`@${decorator}: ${why}`)
  }
  if (typeof key === 'object' && key !== null && 'kind' in key)
    refuse(
      "this is compiled with the decorators of ECMAScript. Set experimentalDecorators in tsconfig.json, as Nest's own decorators need",
    )
  if (key === undefined) refuse('it stands above a class or a parameter, and belongs above a method')
  const owner = typeof target === 'function' ? target : (target as object).constructor
  const what = `${owner.name}.${String(key)}`
  if (typeof target === 'function')
    refuse(`${what} is static, and only instances that Nest makes know their election`)
  if (typeof descriptor?.value !== 'function')
    refuse(`${what} is a property or an accessor, and the decorator belongs above a method`)
}
