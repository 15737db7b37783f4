// Registers the metrics of all elections of the application, for as long as it runs.
import { type DynamicModule, Module } from '@nestjs/common'
import { register } from 'prom-client'
import { Elections } from '../module/elections.ts'
import { ElectionMetrics, type ElectionMetricsOptions } from './election-metrics.ts'

export class OarlockMetricsModule {
  static forRoot({ registry = register, prefix = 'oarlock_' }: ElectionMetricsOptions = {}): DynamicModule {
    return {
      module: OarlockMetricsModule,
      providers: [
        {
          provide: ElectionMetrics,
          useFactory: (elections: Elections) => new ElectionMetrics(elections, registry, prefix),
          inject: [Elections],
        },
      ],
      exports: [ElectionMetrics],
    }
  }
}
Module({})(OarlockMetricsModule)
