import { Test } from '@nestjs/testing';
import { NotLeaderError } from '@oarlock/nestjs';
import {
  OarlockTestingModule,
  overrideElections,
  TestElection,
} from '@oarlock/nestjs/testing';
import { isOarlockError } from 'oarlock';
import { AppModule } from './app.module';
import { InvoicesService } from './invoices.service';

describe('InvoicesService', () => {
  it('sends invoices while it leads', async () => {
    const app = await Test.createTestingModule({
      imports: [OarlockTestingModule.forRoot()],
      providers: [InvoicesService],
    }).compile();
    await app.init();
    const invoices = app.get(InvoicesService);
    const election = app.get(TestElection);

    expect(invoices.send()).toBeUndefined();
    const refused: unknown = await invoices.resign().catch((error) => error);
    expect(refused).toBeInstanceOf(NotLeaderError);
    expect(isOarlockError(refused)).toBe(true);

    election.win();
    expect(invoices.send()).toBe(`sent by ${election.id}`);
    election.lose();
    expect(invoices.send()).toBeUndefined();
    await app.close();
  });
});

describe('AppModule', () => {
  it('has elections that a test decides', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const elections = overrideElections(builder);
    const app = await builder.compile();
    await app.init();
    elections.get().win();
    expect(app.get(InvoicesService).send()).toMatch(/^sent by /);
    await app.close();
  });

  it('loads @oarlock/redis', async () => {
    const app = await Test.createTestingModule({
      imports: [AppModule],
    }).compile();
    app.useLogger(false);
    await app.init();
    expect(app.get(InvoicesService).send()).toBeUndefined();
    await app.close();
  });
});
