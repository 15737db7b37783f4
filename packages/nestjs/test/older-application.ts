// An application as one would write it for @fxdigital/nestjs-leader-election or
// @bonkboykz/nestjs-leader-election 2.1.4, following their exports and README: of several instances, only the
// leader puts events on a queue. It imports LeaderElectionHelper and LeaderElectionModule from here instead.
// The code is ours, not theirs.
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

// The older module is global, so this module can inject the helper without importing it.
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
