import { Module } from '@nestjs/common';
import { OarlockModule } from '@oarlock/nestjs';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { InvoicesService } from './invoices.service';

@Module({
  imports: [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1' })],
  controllers: [AppController],
  providers: [AppService, InvoicesService],
})
export class AppModule {}
