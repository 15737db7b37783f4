// Registers the metrics of the application's elections while it runs.
import { type DynamicModule, Module } from '@nestjs/common'
import { checkOptions, mustBe, type Schema, withMethods } from 'oarlock/node'
import { register } from 'prom-client'
import { type Elections, electionsToken } from '../application/index.ts'
import { ElectionMetrics, type ElectionMetricsOptions } from './election-metrics.ts'

const optionRules: Schema<ElectionMetricsOptions> = {
  registry: withMethods('a Registry of prom-client', 'registerMetric', 'removeSingleMetric'),
  prefix: mustBe(
    'letters, digits and underscores, and begin with no digit',
    (value) => typeof value === 'string' && /^([a-zA-Z_]\w*)?$/.test(value),
  ),
}

export class OarlockMetricsModule {
  static forRoot(options: ElectionMetricsOptions = {}): DynamicModule {
    checkOptions(options, optionRules, 'OarlockMetricsModule.forRoot')
    const { registry = register, prefix = 'oarlock_' } = options
    return {
      module: OarlockMetricsModule,
      providers: [
        {
          provide: ElectionMetrics,
          useFactory: (elections: Elections) => new ElectionMetrics(elections, registry, prefix),
          inject: [electionsToken],
        },
      ],
      exports: [ElectionMetrics],
    }
  }
}
Module({})(OarlockMetricsModule)
