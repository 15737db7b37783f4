// One instance. Start as many as you like.
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'

const app = await NestFactory.createApplicationContext(AppModule)
app.enableShutdownHooks()

// An instance of a trial ends with it.
process.once('disconnect', () => process.exit(1))
process.channel?.unref()
