// An application as it is written for @fxdigital/nestjs-leader-election, and for @bonkboykz/nestjs-leader-election 2.1.4, from what that
// package exports and its README tells: several instances, of which the leader alone puts events on a queue. It is ours, and
// only the import of the two names is not as it was.
import { Injectable, Module } from '@nestjs/common'
import { Cron, Interval } from '@nestjs/schedule'
import { LeaderElectionHelper, LeaderElectionModule } from '../src/compat/index.ts'

@Injectable()
export class EventSubscription {
  readonly enqueued: string[] = []
  private readonly leaderElectionHelper: LeaderElectionHelper

  constructor(leaderElectionHelper: LeaderElectionHelper) {
    this.leaderElectionHelper = leaderElectionHelper
  }

  async onEvent(event: string): Promise<void> {
    if (await this.leaderElectionHelper.isLeader()) this.enqueued.push(event)
  }

  @Interval(10)
  async poll(): Promise<void> {
    await this.onEvent('polled')
  }

  @Cron('0 0 1 1 *', { name: 'yearly' })
  yearly(): void {}
}

@Injectable()
export class Health {
  private readonly leaderElectionHelper: LeaderElectionHelper

  constructor(leaderElectionHelper: LeaderElectionHelper) {
    this.leaderElectionHelper = leaderElectionHelper
  }

  async state(): Promise<string> {
    if (await this.leaderElectionHelper.isInElection()) return 'election'
    return (await this.leaderElectionHelper.isLeader()) ? 'leader' : 'follower'
  }
}

// As the older module is global, a module need not import it to have its helper.
@Module({ providers: [EventSubscription] })
class SubscriptionModule {}

export function appModule(port: number): new () => object {
  @Module({
    imports: [
      LeaderElectionModule.forRoot({
        host: '127.0.0.1',
        port,
        db: 0,
        maxRetriesPerRequest: null,
        prefix: 'events',
      }),
      SubscriptionModule,
    ],
    providers: [Health],
  })
  class AppModule {}
  return AppModule
}
