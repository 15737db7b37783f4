// Registers the metrics of the application's elections while it runs.
import { type DynamicModule, Module } from '@nestjs/common'
import { register } from 'prom-client'
import { type Elections, electionsToken } from '../application/index.ts'
import { ElectionMetrics, type ElectionMetricsOptions } from './election-metrics.ts'

export class OarlockMetricsModule {
  static forRoot({ registry = register, prefix = 'oarlock_' }: ElectionMetricsOptions = {}): DynamicModule {
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
