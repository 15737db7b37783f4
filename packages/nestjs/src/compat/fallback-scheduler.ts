// The older module imported @nestjs/schedule's module, so that @Cron and @Interval worked in applications
// that did not import it. Here they still do. If the application imports it, it is not loaded again: two
// schedulers would run each job twice.
import type { DynamicModule, Type } from '@nestjs/common'
import { Logger } from '@nestjs/common'
import type { LazyModuleLoader, ModulesContainer } from '@nestjs/core'

interface SchedulePackage {
  readonly ScheduleModule: Type & { forRoot(): DynamicModule }
}

type Hook =
  | 'onModuleInit'
  | 'onApplicationBootstrap'
  | 'onModuleDestroy'
  | 'beforeApplicationShutdown'
  | 'onApplicationShutdown'

export class FallbackScheduler {
  readonly #modules: ModulesContainer
  readonly #loader: LazyModuleLoader
  /**
   * The providers of ScheduleModule, if it was loaded here. Nest calls no hooks of a module that is loaded
   * this late.
   */
  #instances: object[] = []

  constructor(modules: ModulesContainer, loader: LazyModuleLoader) {
    this.#modules = modules
    this.#loader = loader
  }

  async onModuleInit(): Promise<void> {
    const found = await schedulePackage()
    if (found === null || this.#moduleOf(found) !== undefined) return
    await this.#loader.load(() => found.ScheduleModule.forRoot(), { logger: false })
    const module = this.#moduleOf(found)
    this.#instances = [...(module?.providers.values() ?? [])].map(({ instance }) => instance).filter(isObject)
    new Logger('Oarlock').log(
      '@Cron, @Interval and @Timeout work because LeaderElectionModule loads ScheduleModule, as the older module did. Import ScheduleModule.forRoot() yourself',
    )
    await this.#call('onModuleInit')
  }

  #moduleOf({ ScheduleModule }: SchedulePackage) {
    return [...this.#modules.values()].find(({ metatype }) => metatype === ScheduleModule)
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#call('onApplicationBootstrap')
  }

  onModuleDestroy(): Promise<void> {
    return this.#call('onModuleDestroy')
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#call('beforeApplicationShutdown')
  }

  onApplicationShutdown(): Promise<void> {
    return this.#call('onApplicationShutdown')
  }

  async #call(hook: Hook): Promise<void> {
    for (const instance of this.#instances) {
      const method: unknown = Reflect.get(instance, hook)
      if (typeof method === 'function') await method.call(instance)
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Null if the application has not installed it. */
async function schedulePackage(): Promise<SchedulePackage | null> {
  try {
    return (await import('@nestjs/schedule')) as unknown as SchedulePackage
  } catch {
    return null
  }
}
