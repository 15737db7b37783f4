import { BullModule } from '@nestjs/bullmq'
import { Module } from '@nestjs/common'
import { OarlockModule } from '@oarlock/nestjs'
import { Evidence } from './evidence.ts'
import { Orders } from './orders.ts'
import { Publisher } from './publisher.ts'
import { queueName, queueOptions, settings } from './settings.ts'

@Module({
  imports: [
    OarlockModule.forRoot({
      redis: settings.redis,
      prefix: settings.prefix,
      instanceName: settings.instance,
    }),
    BullModule.forRoot({ connection: { url: settings.redis } }),
    BullModule.registerQueue({ name: queueName, ...queueOptions }),
  ],
  providers: [Publisher, Orders, Evidence],
})
export class AppModule {}
